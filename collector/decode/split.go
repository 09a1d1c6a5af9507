package decode

import (
	"bytes"

	"github.com/claudewatch/claudewatch/claude"
)

// An object may hold many records: what an exporter sends in one go, what a search found, what a browser recorded. It holds them in an
// array under one of the names that say so, and each is read by itself. An object that is a call itself may have such arrays, too:
// then they tell of it.

// isList reports a name under which an object holds records.
func isList(k []byte) bool {
	switch string(k) {
	case "resourcespans", "scopespans", "instrumentationlibraryspans", "spans", "resourcelogs", "scopelogs", "instrumentationlibrarylogs", "logrecords",
		"batch", "hits", "logs", "entries", "records", "events", "observations", "runs", "traces", "rows", "items", "data", "results", "result",
		"generations", "lines", "responsepayload", "chunks", "streamevents":
		return true
	default:
		return false
	}
}

// several reads the records of an object that was walked. It returns false where it is one record, which is the decoder's then.
func (d *Decoder) several(r *record, text []byte, e entry) (result, bool) {
	if !r.many || e.depth >= maxInner {
		return result{}, false
	}
	depth := r.depth
	if res, ok := d.split(text, e); ok {
		return res, true
	}
	r = d.newRecord()
	r.depth = depth
	_, err := r.walk(text)
	r.many = true
	if err != nil { // it was read before
		return result{format: "json", err: err}, true
	}
	return result{}, false
}

// split reads the records of an object that was found to hold several. It returns false where the object is one record after all.
func (d *Decoder) split(text []byte, e entry) (result, bool) {
	r := d.newRecord()
	r.closed = true
	if _, err := r.walk(text); err != nil {
		return result{}, false
	}
	if res := d.finish(r, e); len(res.calls) > 0 {
		return res, true
	}
	s := splitter{w: walker{b: text}}
	s.value(field{})
	all, rows := result{skipped: SkippedNotClaude}, 0
	for _, part := range s.parts {
		if !relevant(part) {
			continue
		}
		inner := e.with(part, e.at)
		inner.depth++
		if res := d.about(inner); len(res.calls) != 1 || oneCall(&res.calls[0]) {
			all.add(res)
		} else {
			rows++
		}
	}
	if len(all.calls) == 0 && rows > 1 {
		return result{format: "json", skipped: SkippedSummary}, true
	}
	return all, len(all.calls) > 0
}

// oneCall reports a call that has something of its own. A row of a report has not: it only says how much a model was used.
func oneCall(c *claude.Call) bool {
	return c.RequestID != "" || c.MessageID != "" || c.Status != 0 || len(c.Readings) > 0 || c.DurationSeconds.Known() || !c.Undated
}

// splitter finds the records in an object.
type splitter struct {
	w     walker
	parts [][]byte
}

// value looks for records in the value that comes next. It returns false at the end of what can be read.
func (s *splitter) value(f field) bool {
	w := &s.w
	w.space()
	if w.i >= len(w.b) {
		return false
	}
	switch c := w.b[w.i]; {
	case c == '{' && !closedTo(f.role):
		return s.members()
	case c == '[' && f.role == roleList:
		return s.list()
	case c == '{', c == '[':
		return w.skip() == nil
	default:
		return s.leaf(f)
	}
}

// leaf takes a text that is an object, but not from where people and models speak.
func (s *splitter) leaf(f field) bool {
	v, err := s.w.leaf()
	if v.kind == kindString && bytes.HasPrefix(v.raw, []byte(`{\"`)) && f.role != rolePrivate && !spokenName(f.key) {
		s.parts = append(s.parts, unescape(v.raw))
	}
	return err == nil
}

// closedTo reports names below which no records are looked for.
func closedTo(r role) bool {
	return r == rolePrivate || r == roleRequest || r == roleHeaders || r == roleUsage
}

// members looks for records in the members of an object.
func (s *splitter) members() bool {
	w := &s.w
	if w.depth++; w.depth > maxDepth {
		return false
	}
	for w.i++; ; w.i++ {
		w.space()
		if w.i >= len(w.b) {
			return false
		}
		if w.b[w.i] != '}' {
			key, err := w.key()
			if err != nil || !s.value(fieldOf(key)) {
				return false
			}
			if w.space(); w.i >= len(w.b) {
				return false
			}
		}
		if w.b[w.i] == '}' {
			w.depth--
			w.i++
			return true
		}
	}
}

// list takes the objects of an array, and the texts that are some.
func (s *splitter) list() bool {
	w := &s.w
	for w.i++; len(s.parts) < maxElements; w.i++ {
		w.space()
		if w.i >= len(w.b) {
			return false
		}
		switch start := w.i; w.b[w.i] {
		case '{':
			if w.skip() != nil {
				return false
			}
			s.parts = append(s.parts, w.b[start:w.i])
		case ']':
		case '[':
			if w.skip() != nil {
				return false
			}
		default:
			if !s.leaf(field{}) {
				return false
			}
		}
		if w.space(); w.i >= len(w.b) {
			return false
		}
		if w.b[w.i] == ']' {
			break
		}
	}
	w.i++
	return true
}
