package decode

import (
	"encoding/json"
	"errors"

	"github.com/claudewatch/claudewatch/claude"
)

// setReadings keeps the readings that a record of our own form lists.
func (r *record) setReadings(rs []claude.Reading) {
	for _, rd := range rs {
		l, lok := rd.Limit.Get()
		n, nok := rd.Remaining.Get()
		u, uok := rd.Utilization.Get()
		switch {
		case rd.Limiter == "" || len(rd.Limiter) > 64:
			r.fail(reject(RejectedValue, "readings: no limiter"))
		case lok && (l < 0 || l > 1e15):
			r.fail(reject(RejectedValue, "readings.limit %d: out of range 0 to 1e15", l))
		case nok && (n < 0 || n > 1e15):
			r.fail(reject(RejectedValue, "readings.remaining %d: out of range 0 to 1e15", n))
		case uok && (u < 0 || u > 1000):
			r.fail(reject(RejectedValue, "readings.utilization %g: out of range 0 to 1000", u))
		}
	}
	r.call.Readings = rs[:min(len(rs), 64)]
}

// jsonFault says what was wrong without quoting the log.
func jsonFault(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return t.Field + ": wrong type"
	}
	return "unreadable"
}
