package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// ErrStopped says that a Group takes no more batches, because its Run has ended.
var ErrStopped = errors.New("storing has stopped")

// Defaults of GroupOptions.
const (
	defaultGroupQueue = 1024
	defaultGroupCalls = 2000
)

// GroupSink keeps several batches in one transaction: all of them or, after an error, none. The answer has one slice of changes for each
// batch, in order, with one change per call, as if the batches had been committed one after the other; into the changes of an
// unanswered batch a Group does not look. A Group makes one batch of neighbours of one source.
type GroupSink interface {
	CommitAll(ctx context.Context, batches []Batch) ([][]claude.Change, error)
}

// GroupOptions are what a Group is made of. Sink is required.
type GroupOptions struct {
	Sink GroupSink
	// Broken reports that an error is the sink's own, as a full disk is: then every batch would fail, and none is tried by itself. Nil
	// knows no such error.
	Broken func(error) bool
	Queue  int // batches that may wait, above that Commit waits to get in; 1,024 if 0
	Calls  int // of one transaction, above that the next one gets the rest; 2,000 if 0
}

func (o *GroupOptions) validate() error {
	if o.Sink == nil {
		return errors.New("group commit: a sink is required")
	}
	if o.Queue < 0 || o.Calls < 0 {
		return fmt.Errorf("group commit: negative limit: queue %d, calls %d", o.Queue, o.Calls)
	}
	return nil
}

func (o *GroupOptions) setDefaults() {
	if o.Broken == nil {
		o.Broken = func(error) bool { return false }
	}
	if o.Queue == 0 {
		o.Queue = defaultGroupQueue
	}
	if o.Calls == 0 {
		o.Calls = defaultGroupCalls
	}
}

// Group is the one writer that all sources share. While a transaction runs, the batches of the next one gather, so that a hundred
// small ones cost little more than one. As long as there is company, the writer lingers for more of it; a source that is alone never
// waits. Batches are stored in the order in which they came.
type Group struct {
	opts    GroupOptions
	slots   chan struct{} // one for each batch that waits; full means that Commit waits
	wake    chan struct{} // holds a token while as much waits as Run wants, which it has not seen
	stopped chan struct{} // closed by Run at its end

	mu      sync.Mutex // protects all below
	waiting []*pending // in the order in which they came
	calls   int        // of those that wait
	want    int        // how many must wait for Run to be told
	ended   bool
}

var _ Sink = (*Group)(nil)

// pending is a batch whose caller waits for what becomes of it.
type pending struct {
	batch   Batch
	done    chan struct{} // closed when the two below say it
	changes []claude.Change
	err     error
}

func (p *pending) finish(changes []claude.Change, err error) {
	p.changes, p.err = changes, err
	close(p.done)
}

// NewGroup checks the options.
func NewGroup(opts GroupOptions) (*Group, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	opts.setDefaults()
	return &Group{
		opts: opts, slots: make(chan struct{}, opts.Queue), wake: make(chan struct{}, 1), stopped: make(chan struct{}),
	}, nil
}

// Commit implements Sink. When the context ends or the batch's time is over, a batch that was not begun is taken out and never stored; of
// one that was begun the answer is the truth, however long it takes. The error is the context's, ErrStopped or the sink's.
func (g *Group) Commit(ctx context.Context, b Batch) ([]claude.Change, error) {
	if len(b.Keys) != 0 && len(b.Keys) != len(b.Calls) {
		return nil, fmt.Errorf("commit of source %s: %d keys for %d calls", b.Source, len(b.Keys), len(b.Calls))
	}
	p := &pending{batch: b, done: make(chan struct{})}
	if err := g.add(ctx, p); err != nil {
		return nil, err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		if g.takeOut(p) {
			return nil, ctx.Err()
		}
		<-p.done
	case <-b.Until:
		if g.takeOut(p) {
			return nil, context.DeadlineExceeded
		}
		<-p.done
	}
	return p.changes, p.err
}

// add puts a batch at the end of the queue, once there is room.
func (g *Group) add(ctx context.Context, p *pending) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case g.slots <- struct{}{}:
	case <-g.stopped:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	case <-p.batch.Until:
		return context.DeadlineExceeded
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return ErrStopped
	}
	g.waiting = append(g.waiting, p)
	g.calls += len(p.batch.Calls)
	if g.enough() {
		select {
		case g.wake <- struct{}{}:
		default: // there is a token already
		}
	}
	return nil
}

// takeOut removes a batch that waits, and reports false for one that was begun.
func (g *Group) takeOut(p *pending) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, p)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	g.calls -= len(p.batch.Calls)
	<-g.slots
	return true
}

// enough reports that there is no reason to wait for more.
func (g *Group) enough() bool {
	return len(g.waiting) >= g.want || g.calls >= g.opts.Calls || len(g.waiting) == g.opts.Queue
}

// Run stores what comes until the context ends, and then refuses what waits. Sources should have ended before, for what they
// still bring is not stored. It returns nil.
func (g *Group) Run(ctx context.Context) error {
	defer g.stop()
	for ctx.Err() == nil {
		group := g.take()
		if len(group) == 0 {
			g.await(ctx, 1, nil)
			continue
		}
		begin := time.Now()
		g.commit(ctx, group)
		g.linger(ctx, group, time.Since(begin))
	}
	return nil
}

// await returns when so many wait, or enough by another measure, or the time is over.
func (g *Group) await(ctx context.Context, want int, over <-chan time.Time) {
	g.mu.Lock()
	g.want = want
	enough := g.enough()
	g.mu.Unlock()
	for !enough {
		select {
		case <-g.wake: // possibly of what was taken or taken out since
		case <-over:
			return
		case <-ctx.Done():
			return
		}
		g.mu.Lock()
		enough = g.enough()
		g.mu.Unlock()
	}
}

// take begins what fits into one transaction of what waits.
func (g *Group) take() []*pending {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, calls := 0, 0
	for n < len(g.waiting) {
		more := len(g.waiting[n].batch.Calls)
		if n > 0 && calls+more > g.opts.Calls {
			break
		}
		calls += more
		n++
		<-g.slots
	}
	g.calls -= calls
	group := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	return group
}

// commit stores a group and tells each caller. One bad batch must not fail the others, so after an error each is tried alone,
// unless the sink is what is wrong.
func (g *Group) commit(ctx context.Context, group []*pending) {
	err := g.tryAll(ctx, group)
	if err == nil {
		return
	}
	for i, p := range group {
		if len(group) == 1 || ctx.Err() != nil || g.opts.Broken(err) {
			for _, p := range group[i:] {
				p.finish(nil, err)
			}
			return
		}
		if alone := g.tryAll(ctx, group[i:i+1]); alone != nil {
			if g.opts.Broken(alone) || ctx.Err() != nil {
				err = alone
			}
			p.finish(nil, alone)
		}
	}
}

// tryAll commits a group in one transaction. After an error nobody was told anything.
func (g *Group) tryAll(ctx context.Context, group []*pending) error {
	batches := make([]Batch, len(group))
	for i, p := range group {
		batches[i] = p.batch
	}
	joined, into := join(batches)
	changes, err := g.opts.Sink.CommitAll(ctx, joined)
	if err != nil {
		return err
	}
	for i, p := range group {
		of := &changes[into[i]]
		n := len(p.batch.Calls)
		if p.batch.Unanswered { // its changes are the sink's again
			p.finish(nil, nil)
		} else {
			p.finish((*of)[:n:n], nil)
		}
		*of = (*of)[n:]
	}
	return nil
}

// stop refuses what waits and what will come.
func (g *Group) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	for _, p := range g.waiting {
		p.finish(nil, ErrStopped)
	}
	g.waiting = nil
	close(g.stopped)
}
