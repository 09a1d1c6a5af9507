package decode

import (
	"encoding/json"
	"fmt"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// maxState is the largest state that is taken up, in bytes.
const maxState = 4 << 20

// state is what a decoder must know to go on. It holds named fields, never text of the log.
type state struct {
	Attempts []attempt         `json:"attempts,omitempty"`
	Recorded map[string]stream `json:"recorded,omitempty"` // streams that more events may come of, by lane
	Links    []link            `json:"links,omitempty"`
	Asked    asked             `json:"asked,omitzero"`
	Told     []claude.Reading  `json:"told,omitempty"`
	Echoes   []echo            `json:"echoes,omitempty"`
	Until    int64             `json:"until,omitempty"`   // lines before this offset were decoded
	Streams  map[string]int64  `json:"streams,omitempty"` // but for the cut ones of these streams, from these offsets
}

// replay says which lines are read a second time after a restart: everything before an offset, of which only the pieces of lines that
// were still open count.
type replay struct {
	until   int64
	streams map[string]int64
}

func (r *replay) active() bool { return r.until > 0 }

// passed reports whether a line was decoded before the restart.
func (r *replay) passed(line collector.Line, text []byte) bool {
	if line.End > r.until {
		*r = replay{}
		return false
	}
	p, _ := pieceOf(text)
	start, ok := r.streams[laneOf(entry{text: text, lane: p.stream})]
	return !ok || line.Start < start
}

// Resume implements collector.Decoder.
func (d *Decoder) Resume() (offset int64, data []byte) {
	s := state{Attempts: d.attempts.open, Links: d.links, Asked: d.asked, Echoes: d.echoes.open, Told: d.told}
	offset = d.end
	until := max(d.end, d.replay.until)
	streams := map[string]int64{}
	for stream, start := range d.replay.streams {
		if start >= d.end { // not reached yet
			streams[stream] = start
		}
	}
	for stream, p := range d.partials.list {
		streams[stream] = p.start
		offset = min(offset, p.start)
	}
	for name, l := range d.lanes {
		if l.dump != nil {
			streams[name] = l.dump.start
			offset = min(offset, l.dump.start)
		}
		if l.stream != nil {
			if s.Recorded == nil {
				s.Recorded = map[string]stream{}
			}
			s.Recorded[name] = *l.stream
		}
	}
	if offset < until {
		s.Until, s.Streams = until, streams
	}
	if s.empty() {
		return offset, nil
	}
	data, err := json.Marshal(s)
	if err != nil { // every field of a decoded call can be written
		return offset, nil
	}
	return offset, data
}

// empty reports a state that says nothing.
func (s *state) empty() bool {
	return len(s.Attempts) == 0 && s.Until == 0 && len(s.Recorded) == 0 && len(s.Links) == 0 && s.Asked == (asked{}) && len(s.Echoes) == 0 && len(s.Told) == 0
}

// check refuses what no decoder wrote.
func (s *state) check() error {
	if len(s.Attempts) > maxAttempts || s.Until < 0 || len(s.Links) > maxLinks || len(s.Echoes) > maxEchoes || len(s.Told) > maxTold || s.Asked.Open < 0 || s.Asked.Java < 0 {
		return fmt.Errorf("restore decoder: %d attempts, %d links, %d echoes, offset %d: out of range", len(s.Attempts), len(s.Links), len(s.Echoes), s.Until)
	}
	for i := range s.Attempts {
		if err := s.Attempts[i].Call.Validate(); err != nil {
			return fmt.Errorf("restore decoder: %w", err)
		}
	}
	for _, rd := range s.Told {
		if err := rd.Validate(); err != nil {
			return fmt.Errorf("restore decoder: %w", err)
		}
	}
	for _, r := range s.Recorded {
		if err := r.Call.Validate(); err != nil {
			return fmt.Errorf("restore decoder: %w", err)
		}
	}
	return nil
}

// Restore implements collector.Decoder.
func (d *Decoder) Restore(data []byte) error {
	d.attempts, d.partials, d.replay, d.end = attempts{}, partials{max: d.maxLine}, replay{}, 0
	d.lanes, d.links, d.asked, d.echoes, d.told = nil, nil, asked{}, echoes{}, nil
	if len(data) == 0 {
		return nil
	}
	if len(data) > maxState {
		return fmt.Errorf("restore decoder: state of %d bytes, more than %d", len(data), maxState)
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("restore decoder: %w", err)
	}
	if err := s.check(); err != nil {
		return err
	}
	d.attempts.open, d.replay = s.Attempts, replay{s.Until, s.Streams}
	d.links, d.asked, d.echoes.open, d.told = s.Links, s.Asked, s.Echoes, s.Told
	for name := range s.Recorded {
		r := s.Recorded[name]
		d.lane(name).stream = &r
	}
	return nil
}
