package main

import (
	"container/heap"
	"context"

	"github.com/claudewatch/claudewatch/claude"
)

const (
	// replayWindow is how many calls are held back to bring them into the order of time: a log has the calls in the order in which they
	// ended, or worse where several processes write to it.
	replayWindow = 4000
	// replayRemembered is how many calls that were let go are still known when another sighting comes.
	replayRemembered = 5000
)

// timeline brings the calls of several logs into one order of time and merges the sightings of each.
type timeline struct {
	logs   []*replayLog
	window int // calls of each log that are held back
	known  *sightings
	held   byTime
	seq    int64
}

// run lets every change of a call go, the earliest first.
func (t *timeline) run(ctx context.Context, take func(context.Context, claude.Change) error, look func(*replayLog)) error {
	for log := t.behind(); log != nil; log = t.behind() {
		calls, err := log.next(ctx)
		if err != nil {
			return err
		}
		look(log)
		for i := range calls {
			if err := t.add(ctx, calls[i], take); err != nil {
				return err
			}
		}
		if err := t.release(ctx, t.window*len(t.logs), take); err != nil {
			return err
		}
	}
	return t.release(ctx, 0, take)
}

// behind returns the log that has got the least far, nil when all have ended: so none runs ahead of another by more than a call.
func (t *timeline) behind() *replayLog {
	var least *replayLog
	for _, l := range t.logs {
		if !l.ended && (least == nil || l.reached.Before(least.reached)) {
			least = l
		}
	}
	return least
}

// add holds a call, or merges it with the one that it is a sighting of.
func (t *timeline) add(ctx context.Context, c claude.Call, take func(context.Context, claude.Change) error) error {
	s := t.known.find(&c)
	if s == nil {
		t.seq++
		s = &sighting{call: c, seq: t.seq}
		t.known.put(s, &c)
		heap.Push(&t.held, s)
		return nil
	}
	before := s.call
	s.call = mergeSightings(s.call, c)
	t.known.put(s, &c)
	if !s.gone {
		s.call.Time = before.Time // its place among those that are held
		return nil
	}
	return take(ctx, claude.Change{Before: &before, After: s.call, Live: true})
}

// release lets the earliest calls go until so many are left.
func (t *timeline) release(ctx context.Context, keep int, take func(context.Context, claude.Change) error) error {
	for len(t.held) > keep {
		if err := ctx.Err(); err != nil {
			return err
		}
		s := heap.Pop(&t.held).(*sighting)
		s.gone = true
		t.known.let(s)
		if err := take(ctx, claude.Change{After: s.call, New: true, Live: true}); err != nil {
			return err
		}
	}
	return nil
}

// sighting is a call with what all lines so far say of it.
type sighting struct {
	call claude.Call
	seq  int64 // keeps the order of calls of one instant
	gone bool  // the rules have seen it
	keys []string
}

// byTime is a heap of calls, the earliest on top.
type byTime []*sighting

func (h byTime) Len() int { return len(h) }
func (h byTime) Less(i, j int) bool {
	if !h[i].call.Time.Equal(h[j].call.Time) {
		return h[i].call.Time.Before(h[j].call.Time)
	}
	return h[i].seq < h[j].seq
}
func (h byTime) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *byTime) Push(s any) { *h = append(*h, s.(*sighting)) }

// Pop implements heap.Interface.
func (h *byTime) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return s
}

// sightings knows calls by their ids, as the store does: those that are held, and the last that were let go.
type sightings struct {
	byKey map[string]*sighting
	gone  []*sighting // the oldest first
}

func newSightings() *sightings { return &sightings{byKey: map[string]*sighting{}} }

// find returns the call that this is a sighting of: by the request id, else by the message where the rest agrees.
func (k *sightings) find(c *claude.Call) *sighting {
	if s := k.byKey[requestKey(c)]; s != nil && c.RequestID != "" {
		return s
	}
	if s := k.byKey[messageKey(c)]; s != nil && c.SameMessage(&s.call) {
		return s
	}
	return nil
}

// put makes a call known by the ids of a sighting.
func (k *sightings) put(s *sighting, c *claude.Call) {
	for _, key := range []string{requestKey(c), messageKey(c)} {
		if key != "" && k.byKey[key] == nil {
			k.byKey[key] = s
			s.keys = append(s.keys, key)
		}
	}
}

// let notes that a call was let go, and forgets the oldest of those.
func (k *sightings) let(s *sighting) {
	k.gone = append(k.gone, s)
	if len(k.gone) < 2*replayRemembered {
		return
	}
	for _, old := range k.gone[:replayRemembered] {
		for _, key := range old.keys {
			delete(k.byKey, key)
		}
	}
	k.gone = append([]*sighting(nil), k.gone[replayRemembered:]...)
}

func requestKey(c *claude.Call) string {
	if c.RequestID == "" {
		return ""
	}
	return "r" + c.RequestID
}

func messageKey(c *claude.Call) string {
	if c.MessageID == "" {
		return ""
	}
	return "m" + c.MessageID
}

// mergeSightings merges two sightings. The request id of a side chain's copy is not the call's.
func mergeSightings(first, second claude.Call) claude.Call {
	if first.Sidechain && !second.Sidechain {
		return second.Merge(first)
	}
	return first.Merge(second)
}
