package alerts

import (
	"context"
	"errors"
	"time"
)

// SendError says how to go on after a failed send. Every error of a receiver that is not one is taken for a transient one.
type SendError struct {
	Reason     string        // without secrets, as in "channel_not_found"
	RetryAfter time.Duration // the receiver's own wish; 0 for none
	Permanent  bool          // trying again does not help
	Gone       bool          // the message to edit is gone: post a new one
	Maybe      bool          // the message may have got through all the same
}

func (e *SendError) Error() string { return e.Reason }

// sendError returns what an error says of how to go on.
func sendError(err error) *SendError {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e
	}
	return &SendError{Reason: err.Error(), Maybe: errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)}
}
