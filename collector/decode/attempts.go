package decode

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// seenPieces says which of an attempt's lines were seen, in the order in which they are written.
type seenPieces uint8

const (
	seenNothing  seenPieces = 0
	seenTrace    seenPieces = 1
	seenRequest  seenPieces = 2
	seenResponse seenPieces = 4
	seenAll      seenPieces = 8
)

// Bounds of what is held back.
const (
	attemptWait = time.Second     // of reading, for the lines that may still come
	attemptSpan = 2 * time.Second // of the log's own time, between the lines of one attempt
	maxAttempts = 256
)

// attempt is a call of which more lines may come. It holds fields only, so that it can be part of the state.
type attempt struct {
	Call    claude.Call `json:"call"`
	Undated bool        `json:"undated,omitempty"`
	Key     string      `json:"key,omitempty"`  // the log's own id of it, where the lines say one
	Lane    string      `json:"lane,omitempty"` // the container's name, where the lines begin with one
	Seen    seenPieces  `json:"seen"`
	Logged  time.Time   `json:"logged,omitzero"` // the log's own time
	Opened  time.Time   `json:"opened"`          // when it was read
}

// attempts assembles the lines of each attempt, those of several at once too: pieces go to the oldest attempt that lacks them.
type attempts struct {
	open []attempt
	lane string // of the line that is being read
}

// enter notes the container that a line comes from. What has no name of a container may belong to any.
func (as *attempts) enter(e entry) {
	if as.lane = laneOf(e); !strings.HasPrefix(as.lane, composeLane) {
		as.lane = ""
	}
}

// foreign reports an attempt of another container than the line's.
func (as *attempts) foreign(o *attempt) bool {
	return o.Lane != as.lane && o.Lane != "" && as.lane != ""
}

// add takes a piece of an attempt and returns the calls that are complete now.
func (as *attempts) add(c claude.Call, seen seenPieces, now time.Time) result {
	var done []claude.Call
	if !c.Undated {
		done = as.outdated(c)
	}
	i := as.find(c, seen)
	if i < 0 {
		if len(as.open) == maxAttempts {
			done = append(done, as.take(0))
		}
		as.open = append(as.open, attempt{Opened: now, Lane: as.lane})
		i = len(as.open) - 1
		as.open[i].Call = c
	} else {
		c = c.Merge(as.open[i].call()) // the later lines know more of the time
		as.open[i].Call = c
	}
	a := &as.open[i]
	a.Undated, a.Seen = c.Undated, a.Seen|seen
	if !c.Undated {
		a.Logged = c.Time
	}
	if seen == seenResponse && a.Call.RequestID != "" {
		done = append(done, as.take(i))
	}
	return result{calls: done}
}

// find returns the oldest attempt that a piece can belong to, or -1.
func (as *attempts) find(c claude.Call, seen seenPieces) int {
	for i := range as.open {
		o := &as.open[i]
		switch {
		case o.Key != "", as.foreign(o):
		case o.Seen >= seen: // it has that line, or a later one
		case o.Call.Status != c.Status:
		case o.Call.RequestID != "" && c.RequestID != "" && o.Call.RequestID != c.RequestID:
		default:
			return i
		}
	}
	return -1
}

// keyed takes a piece that names its attempt. With a request id the attempt is complete.
func (as *attempts) keyed(key string, c claude.Call, now time.Time) (done, outdated []claude.Call) {
	if !c.Undated {
		outdated = as.outdated(c)
	}
	i := slices.IndexFunc(as.open, func(a attempt) bool { return a.Key == key })
	if i < 0 {
		if c.RequestID != "" {
			return []claude.Call{c}, outdated
		}
		if len(as.open) == maxAttempts {
			outdated = append(outdated, as.take(0))
		}
		as.open = append(as.open, attempt{Key: key, Opened: now})
		i = len(as.open) - 1
	} else {
		c = c.Merge(as.open[i].call())
	}
	a := &as.open[i]
	a.Call, a.Undated = c, c.Undated
	if !c.Undated {
		a.Logged = c.Time
	}
	if c.RequestID == "" {
		return nil, outdated
	}
	return []claude.Call{as.take(i)}, outdated
}

// holds reports whether the attempt of a key is open and a record can be another piece of it.
func (as *attempts) holds(key string, res result) bool {
	i := slices.IndexFunc(as.open, func(a attempt) bool { return a.Key == key })
	return i >= 0 && len(res.calls) == 1 && res.calls[0].Status == as.open[i].Call.Status
}

// release takes the attempt of a key: nothing more comes of it.
func (as *attempts) release(key string) []claude.Call {
	i := slices.IndexFunc(as.open, func(a attempt) bool { return a.Key == key })
	if i < 0 {
		return nil
	}
	return []claude.Call{as.take(i)}
}

// join takes what an application says of a call, and returns the attempt that it tells of together with it. The application speaks once the
// SDK has returned, so that it means the newest attempt of that status. Where it says the request's id or the usage, only the line of httpx
// may be all that the SDK said.
func (as *attempts) join(c claude.Call) (claude.Call, bool) {
	for i := len(as.open) - 1; i >= 0; i-- {
		if o := &as.open[i]; as.foreign(o) || !o.ends(&c) {
			continue
		} else if d := c.Time.Sub(o.Logged).Abs(); !c.Undated && !o.Logged.IsZero() && d > attemptSpan && d < maxSkew {
			continue
		}
		return c.Merge(as.take(i)), true
	}
	return claude.Call{}, false
}

// ends reports whether a call that an application tells of can be an attempt's.
func (a *attempt) ends(c *claude.Call) bool {
	o := &a.Call
	switch {
	case a.Key == stackKey, o.RequestID != "", o.Usage.Known(), o.Status != cmp.Or(c.Status, 200):
		return false
	case o.Provider != c.Provider && o.Provider != "" && c.Provider != "", o.Model != c.Model && o.Model != "" && c.Model != "":
		return false
	case a.Key != "":
		return c.Status >= 400
	}
	return a.Seen == seenRequest || c.RequestID == "" && !c.Usage.Known()
}

// begun reports whether a piece belongs to an attempt that is open. What the log's clock has left behind is not.
func (as *attempts) begun(c claude.Call, seen seenPieces) bool {
	i := as.find(c, seen)
	if i < 0 {
		return false
	}
	d := c.Time.Sub(as.open[i].Logged)
	return c.Undated || as.open[i].Logged.IsZero() || d <= attemptSpan || d >= maxSkew
}

// outdated takes the attempts that the log's clock has left behind. A zone that one line lacks makes hours of difference: those are
// no sign.
func (as *attempts) outdated(c claude.Call) []claude.Call {
	var done []claude.Call
	for i := 0; i < len(as.open); {
		d := c.Time.Sub(as.open[i].Logged)
		if !as.open[i].Logged.IsZero() && d > attemptSpan && d < maxSkew && !as.foreign(&as.open[i]) {
			done = append(done, as.take(i))
			continue
		}
		i++
	}
	return done
}

// identify takes the line that says a request id. It belongs to the oldest response that has none; where the headers said it, it is no
// news.
func (as *attempts) identify(id string) result {
	if !strings.HasPrefix(id, "req_") || cutID(id) {
		return result{skipped: SkippedNoCall}
	}
	for i := range as.open {
		if as.open[i].Call.RequestID == id && as.open[i].Key == "" {
			return result{format: "python-sdk"}
		}
	}
	for i := range as.open {
		if o := &as.open[i]; o.Key == "" && o.Call.RequestID == "" && o.Seen&seenResponse != 0 && !as.foreign(o) {
			o.Call.RequestID = id
			return result{format: "python-sdk", calls: []claude.Call{as.take(i)}}
		}
	}
	return result{format: "python-sdk", skipped: SkippedNoCall}
}

// expire takes the attempts that have waited long enough.
func (as *attempts) expire(now time.Time) []claude.Call {
	var done []claude.Call
	for len(as.open) > 0 && now.Sub(as.open[0].Opened) >= attemptWait {
		done = append(done, as.take(0))
	}
	return done
}

// all takes all attempts.
func (as *attempts) all() []claude.Call {
	var done []claude.Call
	for len(as.open) > 0 {
		done = append(done, as.take(0))
	}
	return done
}

func (as *attempts) take(i int) claude.Call {
	c := as.open[i].call()
	as.open = append(as.open[:i], as.open[i+1:]...)
	return c
}

func (a *attempt) call() claude.Call {
	c := a.Call
	c.Undated = a.Undated
	return c
}
