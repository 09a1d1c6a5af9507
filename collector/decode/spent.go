package decode

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Loggers name the time that a call took in many ways, and mostly say no unit. Where neither the name nor the value does, the size of the
// number tells: no call is over within a few milliseconds, and hardly any takes more than ten minutes. What could be either stays
// unknown.

// spentNames are the names of such a time, without its unit and without what it is the time of.
var spentNames = []string{
	"duration", "latency", "elapsed", "took", "dur", "rt", "elapsedtime", "timeelapsed", "timetaken", "timespent", "responsetime", "processingtime",
	"executiontime", "inferencetime", "generationtime", "walltime", "roundtrip", "roundtriptime", "totaltime", "calltime",
}

// spentOf are the words that say what took the time.
var spentOf = []string{
	"request", "response", "api", "llm", "total", "call", "claude", "anthropic", "model", "http", "upstream", "chat", "completion", "invocation",
	"generation", "bedrock", "ai", "e2e", "endtoend", "genai",
}

// spentUnits are the units with which names end, the longer before the shorter, in seconds.
var spentUnits = []struct {
	name string
	unit float64
}{
	{"milliseconds", 1e-3},
	{"microseconds", 1e-6},
	{"nanoseconds", 1e-9},
	{"inseconds", 1},
	{"seconds", 1},
	{"millis", 1e-3},
	{"micros", 1e-6},
	{"nanos", 1e-9},
	{"msec", 1e-3},
	{"inms", 1e-3},
	{"secs", 1},
	{"sec", 1},
	{"ms", 1e-3},
	{"us", 1e-6},
	{"ns", 1e-9},
	{"s", 1},
}

// spentName reports the name of the time that a call took.
func spentName(k []byte) bool {
	if len(k) < 2 || len(k) > 40 {
		return false
	}
	if c := k[len(k)-1]; c != 's' && c != 'c' && !spentTail(k) { // most names, at once
		return false
	}
	stem, _ := spentUnit(string(k))
	if !spentTail([]byte(stem)) {
		return false
	}
	for {
		if slices.Contains(spentNames, stem) {
			return true
		}
		rest := stem
		for _, of := range spentOf {
			if rest = strings.TrimPrefix(stem, of); rest != stem {
				break
			}
		}
		if rest == stem || rest == "" {
			return false
		}
		stem = rest
	}
}

// spentTail reports how all of the names end.
func spentTail(k []byte) bool {
	switch string(k[max(0, len(k)-4):]) {
	case "tion", "ency", "psed", "took", "time", "aken", "pent", "trip", "dur", "rt":
		return true
	default:
		return false
	}
}

// spentUnit cuts the unit off a name. It is 0 where the name says none.
func spentUnit(k string) (stem string, unit float64) {
	for _, u := range spentUnits {
		if stem, ok := strings.CutSuffix(k, u.name); ok && stem != "" {
			return stem, u.unit
		}
	}
	return k, 0
}

// spent takes the time that a call took under a name whose unit is not one of the usual ones. Such names count only where no better
// one says it.
func (r *record) spent(fr *frame, f field, s scalar) {
	if fr.request || fr.headers || r.lasted.Known() {
		return
	}
	if d, ok := spentValue(f.key, s); ok {
		r.lasted = claude.Some(d)
		r.loose = f.role == roleResponseTime
		r.took(partSpent, s.raw)
	}
}

// responseTime takes a time of this name: JavaScript's is in milliseconds.
func (r *record) responseTime(fr *frame, f field, s scalar) {
	if millis(f) {
		r.setSeconds(partDuration, "response_time", s, 1e-3)
	} else {
		r.spent(fr, f, s)
	}
}

// spentValue reads such a time, in seconds.
func spentValue(key []byte, s scalar) (float64, bool) {
	if n, ok := s.number(); ok {
		var buf [maxKey]byte
		_, unit := spentUnit(string(normalKey(key, &buf)))
		switch {
		case bytes.HasSuffix(key, []byte("event.duration")): // ECS
			unit = 1e-9
		case bytes.HasSuffix(key, []byte("response_time")) && bytes.IndexByte(s.raw, '.') >= 0: // LiteLLM
			unit = 1
		case unit == 0:
			unit = likelyUnit(n, s.raw)
		}
		if unit == 1e-3 {
			return n / 1000, n >= 0
		}
		return n * unit, n >= 0 && unit > 0
	}
	if !isSpentText(s) {
		return 0, false
	}
	return spentText(s.text())
}

// unusualSpent reports a field whose unit its value may have to tell.
func (f field) unusualSpent() bool {
	return f.role == roleSpent || f.role == roleResponseTime && !millis(f)
}

// isSpentText reports a text that may be such a time.
func isSpentText(s scalar) bool {
	return s.kind == kindString && len(s.raw) > 0 && len(s.raw) <= 40 && (isDigit(s.raw[0]) || s.raw[0] == 'P')
}

// likelyUnit is the unit that a number of no unit must have to be the time of a call, or 0 where several are likely.
func likelyUnit(n float64, raw []byte) float64 {
	whole := bytes.IndexByte(raw, '.') < 0
	switch {
	case n >= 1e7 && n < 3.6e12 && whole:
		return 1e-9
	case n >= 600 && n < 6e5, n >= 100 && n < 600 && whole:
		return 1e-3
	case n > 0 && n < 20 && !whole:
		return 1
	default:
		return 0
	}
}

// spentText reads 1.2s, 812 ms, 1m2.5s, PT1.2S, 00:00:01.2 and the like.
func spentText(text string) (float64, bool) {
	low := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	if iso, ok := strings.CutPrefix(low, "pt"); ok {
		low = iso
	}
	if h, rest, ok := strings.Cut(low, ":"); ok {
		return clockTime(h, rest)
	}
	stem, unit := spentUnit(low)
	if n, err := strconv.ParseFloat(stem, 64); err == nil && unit > 0 {
		return n * unit, n >= 0
	}
	d, err := time.ParseDuration(low)
	return d.Seconds(), err == nil && d >= 0
}

// clockTime reads minutes and seconds behind hours, as .NET and Python print spans of time.
func clockTime(h, rest string) (float64, bool) {
	m, s, ok := strings.Cut(rest, ":")
	hours, herr := strconv.Atoi(h)
	mins, merr := strconv.Atoi(m)
	secs, serr := strconv.ParseFloat(s, 64)
	ok = ok && herr == nil && merr == nil && serr == nil && hours >= 0 && mins >= 0 && mins < 60 && secs >= 0 && secs < 60
	return float64(hours*3600+mins*60) + secs, ok
}

// spentObject takes such a time that is an object, as Rust and protocol buffers write it.
func (r *record) spentObject(data []byte) {
	var t struct {
		Seconds json.Number `json:"seconds"`
		Secs    json.Number `json:"secs"`
		Nanos   int64       `json:"nanos"`
	}
	if json.Unmarshal(data, &t) != nil || r.lasted.Known() || t.Nanos < 0 {
		return
	}
	secs, err := strconv.ParseInt(orText(t.Seconds.String(), t.Secs.String()), 10, 32)
	if err == nil && secs >= 0 {
		r.lasted = claude.Some(float64(secs) + float64(t.Nanos)/1e9)
		r.took(partSpent, data)
	}
}

// isSpentObject reports an object that is such a time.
func isSpentObject(data []byte) bool {
	data = bytes.TrimLeft(data[1:min(len(data), 24)], " \t\r\n")
	return bytes.HasPrefix(data, []byte(`"secs"`)) || bytes.HasPrefix(data, []byte(`"seconds"`)) || bytes.HasPrefix(data, []byte(`"nanos"`))
}

// maxLapse is the longest time between a begin and an end that is taken for a call's.
const maxLapse = time.Hour

// between takes the time between the begin and the end that an object tells of, where it holds the call.
func (r *record) between(fr *frame) {
	r.odd = true
	if fr.request || r.few().lapse.Known() || !r.call.Usage.Known() && !r.prompt.Known() && r.call.Status == 0 && r.modelR == 0 {
		return
	}
	begin, end := parseStamp(fr.begin), parseStamp(fr.end)
	if d := end.at.Sub(begin.at); begin.known() && end.known() && d >= 0 && d < maxLapse {
		r.more().lapse = claude.Some(d.Seconds())
	}
}

// takeSpent gives the call the time that it took from where no better place says it.
func (r *record) takeSpent() {
	c := &r.call
	switch {
	case c.DurationSeconds.Known():
	case r.recorded && r.few().elapsed.Known():
		c.DurationSeconds = claude.Some(r.few().elapsed.Or(0) / 1000)
		r.tookFrom("the entry's time", partDuration)
	case r.lasted.Known() && (!r.loose || !r.few().lapse.Known()): // of a stream LiteLLM's response_time ends with the first token
		c.DurationSeconds = r.lasted
		if r.trail != nil {
			r.trail.spent = true
		}
	case r.few().lapse.Known():
		c.DurationSeconds = r.few().lapse
		r.tookFrom("its begin and its end", partDuration)
	}
}
