package decode

import (
	"bytes"
	"hash/fnv"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// LiteLLM prints each message by two handlers, one with the date and one without, so that an error stands in the log twice.

// echoSpan is how far apart the two copies are at most, by the time of reading.
const echoSpan = time.Second

// maxEchoes is how many messages are remembered.
const maxEchoes = 16

// echo is a message that was told once. It holds hashes, never the text.
type echo struct {
	Message uint64    `json:"message"`
	Read    time.Time `json:"read"`
	Logged  time.Time `json:"logged,omitzero"`
}

type echoes struct {
	open []echo
}

// heard reports whether a line is the second copy of a message. A third one is another call's.
func (es *echoes) heard(e entry, c claude.Call) bool {
	i := bytes.Index(e.text, []byte("litellm."))
	if i < 0 || !bytes.Contains(e.text[:i], []byte("LiteLLM")) {
		return false
	}
	now := echo{Message: hashOf(e.text[i:]), Read: e.now}
	if !c.Undated {
		now.Logged = c.Time
	}
	for i, o := range es.open {
		if o.Message != now.Message || e.now.Sub(o.Read) > echoSpan {
			continue
		}
		near := o.Logged.IsZero() || now.Logged.IsZero() || now.Logged.Sub(o.Logged).Abs() <= echoSpan
		if near {
			es.open = append(es.open[:i], es.open[i+1:]...)
			return true
		}
	}
	if len(es.open) == maxEchoes {
		es.open = append(es.open[:0], es.open[1:]...)
	}
	es.open = append(es.open, now)
	return false
}

func hashOf(text []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(text) // a hash takes everything
	return h.Sum64()
}
