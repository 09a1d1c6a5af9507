package decode

import (
	"bytes"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// A recorded stream is a response as it came: message_start holds the message, the model and the first counts, message_delta the
// counts so far, which replace those before, and an error may end it under status 200.

// streamIdle is how long a recorded stream may pause before what is known of it becomes a call; what still comes is another sighting.
const streamIdle = dumpIdle

// streamKept is how long a stream that pauses is remembered.
const streamKept = 10 * time.Minute

// stream is a recorded stream that more events may come of. It holds fields only, so that it can be part of the state.
type stream struct {
	Call    claude.Call `json:"call"`
	Undated bool        `json:"undated,omitempty"`
	Sure    bool        `json:"sure,omitempty"` // it is a call of Claude's, whatever follows
	Fresh   bool        `json:"fresh"`          // something came that no call has told yet
	Touched time.Time   `json:"touched"`
}

// call returns the stream's call if there is something to tell.
func (s *stream) call() []claude.Call {
	if !s.Fresh || !s.Sure {
		return nil
	}
	s.Fresh = false
	c := s.Call
	c.Undated = s.Undated
	return []claude.Call{c}
}

// again reports whether the stream can be told again without counting it twice.
func (s *stream) again() bool { return s.Call.RequestID != "" || s.Call.MessageID != "" }

// eventText reports whether a text holds several events of one stream.
func eventText(text []byte) bool {
	return bytes.Contains(text, []byte(`"message_start"`)) && bytes.Contains(text, []byte(`"message_delta"`)) && bytes.Contains(text, []byte("data:"))
}

// events reads a whole stream that stands in one text, behind the head of its response perhaps.
func (r *record) events(text []byte) {
	first := true
	for line := range bytes.SplitSeq(text, []byte{'\n'}) {
		_, data, ok := bytes.Cut(line, []byte("data:"))
		if !ok {
			continue
		}
		if first {
			r.errorLine(text[:bytes.Index(text, []byte("data:"))])
			first = false
		}
		if data = bytes.TrimLeft(data, " "); len(data) > 0 && data[0] == '{' {
			r.oneEvent(data)
		}
	}
}

// oneEvent takes the next event of a stream.
func (r *record) oneEvent(data []byte) {
	ev := record{trail: r.trail}
	if _, err := ev.walk(data); err != nil {
		r.brokenDoc(data, err)
		return
	}
	switch ev.typ {
	case "message_start", "error":
		if _, err := r.walk(data); err != nil {
			r.fail(err)
		}
	case "message_delta":
		replaceUsage(&r.call.Usage, ev.call.Usage)
	case "message_stop": // where Bedrock says how long it took
		if !r.lasted.Known() {
			r.lasted = ev.lasted
		}
		if !r.call.FirstTokenSeconds.Known() {
			r.call.FirstTokenSeconds = ev.call.FirstTokenSeconds
		}
	}
}

// eventList reads a whole stream whose events stand in an array.
func (r *record) eventList(data []byte) {
	s := splitter{w: walker{b: data}}
	s.list()
	for _, ev := range s.parts {
		if bytes.Contains(ev[:min(len(ev), eventStart)], []byte("message_")) {
			r.oneEvent(ev)
		}
	}
}

// isEventList reports an array of events.
func isEventList(data []byte) bool {
	head := data[:min(len(data), eventStart)]
	return data[0] == '[' && bytes.Contains(head, []byte(`"message_start"`)) && bytes.Contains(head, []byte(`"type"`))
}

// eventType is the type of an event, which may stand in an event of Claude Code's own.
func (r *record) eventType(text []byte) string {
	if r.typ != "stream_event" {
		return r.typ
	}
	for _, typ := range []string{"message_start", "message_delta"} {
		if bytes.Contains(text[:min(len(text), 200)], []byte(`"`+typ+`"`)) {
			return typ
		}
	}
	return r.typ
}

// decodeStream reads one event of a recorded stream.
func decodeStream(d *Decoder, e entry) (result, bool) {
	i := docStart(e.text)
	if i < 0 {
		return d.printedEvent(e)
	}
	if i > maxPrefix || isEventList(e.text) {
		return result{}, false
	}
	if inner, ok := innerEvent(e.text); ok {
		return d.event(inner, e)
	}
	e.lane = laneOf(e)
	l := d.lanes[e.lane]
	isData := bytes.HasSuffix(bytes.TrimRight(e.text[:i], " "), []byte("data:"))
	if !isData && !bytes.Contains(e.text[:min(len(e.text), i+200)], []byte(`"message_`)) {
		return result{}, false
	}
	r := d.newRecord()
	if _, err := r.walk(e.text[i:]); err != nil {
		return result{}, false
	}
	typ := r.eventType(e.text[i:])
	if typ == "error" && isData && l != nil && l.stream != nil {
		return d.streamError(l.stream, r, e), true
	}
	return d.streamed(typ, r, e)
}

// streamed takes an event of a type.
func (d *Decoder) streamed(typ string, r *record, e entry) (result, bool) {
	l := d.lanes[e.lane]
	switch {
	case typ == "message_start":
		return d.streamStart(r, e), true
	case typ == "message_delta" && l != nil && l.stream != nil:
		return d.streamDelta(l.stream, r, e), true
	case typ == "message_delta": // its beginning is not in the log, and so neither the message nor the model
		return result{skipped: SkippedNoCall}, true
	default:
		return result{}, false
	}
}

// streamStart opens a stream, below the head of the response if that came just before.
func (d *Decoder) streamStart(r *record, e entry) result {
	l := d.lane(e.lane)
	res := d.finish(r, e)
	if len(res.calls) != 1 { // another company's: its events must not be taken for those of the stream before
		if l.stream != nil {
			res.calls, l.stream = l.stream.call(), nil
		}
		return res
	}
	c := res.calls[0]
	res.calls, res.format = nil, "sse"
	if s := l.stream; s != nil && s.Call.MessageID == "" && s.Fresh {
		undated := s.Undated
		s.Call.Undated = undated
		c = s.Call.Merge(c)
	} else if s != nil {
		res.calls = s.call()
	}
	l.stream = &stream{Call: c, Undated: c.Undated, Sure: true, Fresh: true, Touched: e.now}
	return res
}

// streamDelta replaces the counts. The call is told now: the events that end a stream say nothing more.
func (d *Decoder) streamDelta(s *stream, r *record, e entry) result {
	if !s.Fresh && !s.again() {
		return result{format: "sse"}
	}
	if r.err != nil {
		return result{format: "sse", err: r.err}
	}
	replaceUsage(&s.Call.Usage, r.call.Usage)
	r.noteOn(&s.Call)
	s.Fresh, s.Touched = true, e.now
	res := result{format: "sse", calls: s.call()}
	if stopped(e.text) { // the last counts
		d.lanes[e.lane].stream = nil
	}
	return res
}

// streamError ends a stream by an error, under the status that the response began with.
func (d *Decoder) streamError(s *stream, r *record, e entry) result {
	if r.refusal.Type == "" || !s.Fresh && !s.again() {
		return result{format: "sse", skipped: SkippedNoCall}
	}
	s.Call.Refuse(r.refusal, len(s.Call.Readings) > 0)
	r.noteOn(&s.Call)
	s.Call.Clean()
	s.Sure, s.Fresh, s.Touched = true, true, e.now
	return result{format: "sse", calls: s.call()}
}

// replaceUsage puts the counts of a later event over those of an earlier one. What a delta lacks stays.
func replaceUsage(to *claude.Usage, from claude.Usage) {
	c := claude.Call{Usage: from}
	*to = c.Merge(claude.Call{Usage: *to}).Usage
	for _, n := range []struct{ to, from *claude.Opt[int64] }{
		{&to.InputTokens, &from.InputTokens},
		{&to.OutputTokens, &from.OutputTokens},
		{&to.CacheReadInputTokens, &from.CacheReadInputTokens},
		{&to.CacheCreationInputTokens, &from.CacheCreationInputTokens},
	} {
		if n.from.Known() {
			*n.to = *n.from
		}
	}
}
