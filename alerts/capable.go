package alerts

import (
	"context"
	"errors"
	"time"
)

// ErrCantTell is what a Finder returns when it has no way to look: the receiver works, but what it shows can't be read.
var ErrCantTell = errors.New("what was sent earlier can't be looked up")

// Finder is a receiver that can look for what an earlier send may have left.
type Finder interface {
	// Find returns the ref of the message of an episode, or of a RollKey, that was sent after the time, or the zero Ref when there
	// is none. It must return an error that wraps ErrCantTell when it can't look, and any other error when the receiver can't be reached.
	Find(ctx context.Context, episode string, since time.Time) (Ref, error)
}

// Reminder is a receiver that can remind of a message that it shows.
type Reminder interface {
	// Remind says once more that the alert still fires. Its errors are those of Receiver.Send, and errors.ErrUnsupported for a
	// receiver that turns out to have no way to.
	Remind(ctx context.Context, m Message, ref Ref) error
}

// Roller is a receiver whose readers would drown in single messages: after so many new ones in an hour the rest share one.
type Roller interface {
	// SendRoll brings the shared message to the state of its alerts: it posts when prev is the zero Ref and edits when it is not.
	// Its errors are those of Receiver.Send. A Finder finds what it posts by the RollKey of the first alert's episode.
	SendRoll(ctx context.Context, messages []Message, prev Ref) (Ref, error)
}

// RollKey is what a Finder finds the shared message by that an episode is the first of, in the place of an episode.
func RollKey(episode string) string { return "list " + episode }

// Poster is a receiver of which some can't edit: each change that they show is a message of its own, and a repeat of it is seen.
type Poster interface {
	// Posts reports whether this one is of that kind.
	Posts() bool
}

func posts(receiver any) bool {
	p, ok := receiver.(Poster)
	return ok && p.Posts()
}

// Refresher is a receiver that forgets what it is not told again and again.
type Refresher interface {
	// Refresh tells everything that fires, and what was resolved lately, once more.
	Refresh(ctx context.Context, messages []Message) error
	// Refreshes returns how often that is needed, and for how long after its end an alert is a part of it.
	Refreshes() (every, linger time.Duration)
}

// Checker is a receiver that can be asked whether it would take a message, without sending one.
type Checker interface {
	Check(ctx context.Context) error
}
