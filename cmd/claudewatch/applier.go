package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// committed is a transaction that is on disk.
type committed struct {
	batches []committedBatch
	alone   bool // nobody else reads the changes. It is of all batches: a change may refer to one of another batch
	at      time.Time
	took    time.Duration
}

// committedBatch is what a batch came to. The calls themselves are let go: the changes have them.
type committedBatch struct {
	source  string
	counts  []collector.Count
	changes []claude.Change
}

func newCommitted(batches []collector.Batch, changes [][]claude.Change) committed {
	c := committed{batches: make([]committedBatch, len(batches)), alone: true}
	for i := range batches {
		c.batches[i] = committedBatch{batches[i].Source, batches[i].Counts, changes[i]}
		c.alone = c.alone && batches[i].Unanswered
	}
	return c
}

// applier moves the live picture by what was committed: in the order of the commits, and beside the commit that follows. One
// transaction may wait while another is applied; above that the next one waits with its commit, so memory stays bounded and the
// picture is never further behind than that.
//
// What was handed over is on disk whatever becomes of the process: a start makes the picture anew from the store.
type applier struct {
	apply func(committed)
	queue chan committed // put owns and close closes it; of capacity 1

	mu      sync.Mutex // guards what follows
	handed  int64      // transactions
	applied int64
	moved   chan struct{} // closed when applied grows, and then another one
}

func newApplier(apply func(committed)) *applier {
	return &applier{apply: apply, queue: make(chan committed, 1), moved: make(chan struct{})}
}

// put hands a transaction over. One goroutine calls it, and only while Run runs: what is committed is applied, whoever gives up, so it
// waits for nothing but room.
func (a *applier) put(c committed) {
	a.mu.Lock()
	a.handed++
	a.mu.Unlock()
	a.queue <- c
}

// close says that nothing more is put.
func (a *applier) close() { close(a.queue) }

// Run applies what is put until close, all of it.
func (a *applier) Run() {
	for c := range a.queue {
		a.apply(c)
		a.mu.Lock()
		a.applied++
		close(a.moved)
		a.moved = make(chan struct{})
		a.mu.Unlock()
	}
}

// settled waits until everything that was committed before is applied, so that who was told that calls are stored sees them in the
// metrics and on the page. The error is the context's.
func (a *applier) settled(ctx context.Context) error {
	a.mu.Lock()
	target := a.handed
	for a.applied < target {
		moved := a.moved
		a.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
		a.mu.Lock()
	}
	a.mu.Unlock()
	return nil
}

// before answers once everything that was committed before the request is applied, or the client has gone.
func (a *applier) before(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.settled(r.Context()) == nil {
			h.ServeHTTP(w, r)
		}
	})
}
