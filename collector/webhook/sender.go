package webhook

import (
	"context"
	"net"
	"sync"
	"time"
)

// sender is a connection, as far as it tells when its next request is to be expected.
type sender struct {
	mu       sync.Mutex // protects both below
	answered time.Time  // when the last answer was ready; zero before the first
	pause    time.Duration
}

type senderKey struct{}

// ConnContext lets Handlers know which requests come over the same connection. It belongs into the field of that name of the http.Server;
// without it everything works, but senders of single calls wait longer for each other.
func ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, senderKey{}, &sender{})
}

// senderOf returns who sent a request, nil where that is unknown.
func senderOf(ctx context.Context) *sender {
	s, _ := ctx.Value(senderKey{}).(*sender)
	return s
}

// came notes a request and returns the longer one of the last two pauses between an answer and the next request, as one that is short by
// chance says little. It is 0 before there were two.
func (s *sender) came(now time.Time) time.Duration {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answered.IsZero() {
		return 0
	}
	before := s.pause
	s.pause = max(1, now.Sub(s.answered))
	if before == 0 {
		return 0
	}
	return max(before, s.pause)
}

// leaves notes that the answer is ready.
func (s *sender) leaves(now time.Time) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered = now
}
