package decode

import "github.com/claudewatch/claudewatch/claude"

// Merge merges the sightings of each call, by request id, else by message and request id together, side chains by message alone, and
// returns the calls in the order in which they were first seen. Calls without any id stand for themselves.
func Merge(calls []claude.Call) []claude.Call {
	m := merger{byRequest: map[string]int{}, byMessage: map[string][]int{}}
	for i := range calls {
		m.add(calls[i])
	}
	return m.out
}

type merger struct {
	out       []claude.Call
	byRequest map[string]int
	byMessage map[string][]int
}

func (m *merger) add(c claude.Call) {
	i := m.find(&c)
	if i < 0 {
		i = len(m.out)
		m.out = append(m.out, c)
	} else if m.out[i].Sidechain && !c.Sidechain { // a side chain's copy has a request id that is not the call's
		m.out[i] = c.Merge(m.out[i])
	} else {
		m.out[i] = m.out[i].Merge(c)
	}
	if c.RequestID != "" {
		m.byRequest[c.RequestID] = i
	}
	if c.MessageID != "" {
		m.byMessage[c.MessageID] = append(m.byMessage[c.MessageID], i)
	}
}

func (m *merger) find(c *claude.Call) int {
	if i, ok := m.byRequest[c.RequestID]; ok && c.RequestID != "" {
		return i
	}
	seen := m.byMessage[c.MessageID]
	if c.RequestID != "" && !c.Sidechain && len(seen) > maxSameMessage { // one id for many calls is no id
		return -1
	}
	for _, i := range seen {
		if o := &m.out[i]; o.SameMessage(c) && (o.RequestID == c.RequestID || o.Sidechain || c.Sidechain) {
			return i
		}
	}
	return -1
}

// maxSameMessage bounds the search among calls that share a message's id.
const maxSameMessage = 64
