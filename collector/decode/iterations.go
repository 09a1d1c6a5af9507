package decode

import (
	"encoding/json"
	"errors"

	"github.com/claudewatch/claudewatch/claude"
)

// iterationsKey names the array in a usage object that says what each model run of the call used.
const iterationsKey = "iterations"

// iterations takes the array, of which only the named fields are kept.
func (r *record) iterations(data []byte) {
	its, err := claude.ParseIterations(data)
	if err != nil {
		r.fail(reject(RejectedValue, "%s", iterationsFault(err)))
		return
	}
	r.call.Usage.Iterations = its
	r.took(partIterations, data)
}

// iterationsFault says what was wrong without quoting the log.
func iterationsFault(err error) string {
	t, typ := errors.AsType[*json.UnmarshalTypeError](err)
	_, syntax := errors.AsType[*json.SyntaxError](err)
	switch {
	case typ && t.Field == "":
		return "usage.iterations: wrong type"
	case typ, syntax:
		return "usage.iterations: " + jsonFault(err)
	default:
		return err.Error()
	}
}

// iterations is record.iterations for a shape's slot.
func (m *opMore) iterations(r *record, raw []byte) bool {
	if string(raw) != m.last {
		its, err := claude.ParseIterations(raw)
		if err != nil {
			return false
		}
		if len(raw) > maxSame {
			r.call.Usage.Iterations = its
			return true
		}
		m.last, m.its = string(raw), its
	}
	r.call.Usage.Iterations = m.its
	return true
}
