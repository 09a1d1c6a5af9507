// Package tail follows log files, whatever is done to them, and delivers each line exactly once: a file's position is committed
// in the transaction of the calls that it covers, and it belongs to the file's content, not to its name.
//
// Polling is all it needs; notifications of the file system only wake it earlier. One goroutine follows the files, in rounds: it finds
// out what they are, has a few workers read and decode a piece of each, and then deals with what they found. Another one commits
// in the same order. Nothing is buffered beyond a few batches: while the sink takes none, the files are the queue.
package tail

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/claudewatch/claudewatch/collector"
)

// Tailer follows the files of some sources. New makes it, Run does all the work and ends with its context; everything that was
// not committed by then is read again next time.
type Tailer struct {
	opts    Options
	sources []*source
	known   *known
	files   map[fileKey]*file
	order   []*file // as they are read: what came first first
	workers []*worker
	slabs   slabs
	turn    int // of the files that are behind
	begun   time.Time
	scanned time.Time
	looked  time.Time          // when the files that are not behind were read last
	catchUp bool               // the last round has left something
	busy    time.Time          // when a round has left something last
	polled  time.Time          // the end of the last step
	changed atomic.Bool        // the file system told of a name that came or went
	news    told               // files that the file system told of
	started bool               // the first scan is over
	byStart map[uint64][]*file // see candidates; nil after anything was read
	head    [headSize]byte     // that beginning read last
	round   []*file            // that plan chose last
	scans   uint32             // how many there were
	orphans []*entry           // positions with calls that are held back, whose content was not found yet

	had  map[string]bool // names of sources that have been in force, in this run or before
	next atomic.Pointer[[]Source]
	kick chan struct{} // holds a token while next waits

	batches sync.Mutex // protects the batches of the sources while files are read
	emit    func(context.Context, collector.Batch) error
	open    func(string) (*plain, error)
	watcher *fsnotify.Watcher // nil while the file system does not notify
	status  statusBoard
}

// source is a configured source with what it has read.
type source struct {
	Source
	batch   batch
	seen    bool // it was in force before
	fresh   bool // no scan has looked for its files yet
	waiting bool // it was said that no file matches
	spares  spares
	owners  atomic.Int64 // about how many files have a decoder
	heads   sync.Pool    // of *[headSize]byte
}

// New checks the options. It touches no file.
func New(opts Options) (*Tailer, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	opts.setDefaults()
	t := &Tailer{
		opts: opts, known: newKnown(opts.Positions), files: map[fileKey]*file{}, open: openFile,
		had: map[string]bool{}, kick: make(chan struct{}, 1),
	}
	for _, p := range opts.Positions {
		t.had[p.Source] = true
	}
	for _, s := range opts.Sources {
		t.sources = append(t.sources, &source{Source: s, seen: t.had[s.Name], fresh: true})
	}
	for _, src := range t.sources {
		t.had[src.Name] = true
	}
	t.opts.Positions = nil // they are in known now
	t.status.names = t.names()
	return t, nil
}

// Run follows the files until the context ends, and then returns nil. What can't be read is logged once and tried again.
func (t *Tailer) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan collector.Batch, queueDepth)
	t.emit = func(ctx context.Context, b collector.Batch) error {
		select {
		case queue <- b:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() { t.commit(ctx, queue) })
	t.follow(ctx, t.watch(ctx, &wg))
	cancel()
	wg.Wait()
	t.closeFiles()
	return nil
}

// commit stores batches in order. The reading side owns the queue.
func (t *Tailer) commit(ctx context.Context, queue <-chan collector.Batch) {
	committer := collector.Committer{Sink: t.opts.Sink, Logger: t.opts.Logger}
	for {
		select {
		case b := <-queue:
			b.Unanswered = true
			if _, err := committer.Commit(ctx, b); err != nil {
				return // only the context's: what is not stored is read again
			}
			t.slabs.put(b.Calls)
		case <-ctx.Done():
			return
		}
	}
}

// follow polls until the context ends.
func (t *Tailer) follow(ctx context.Context, wake <-chan struct{}) {
	for {
		more, err := t.step(ctx)
		t.polled = t.opts.Now()
		if err != nil {
			return // only the context's
		}
		if !more && !t.wait(ctx, wake) {
			return
		}
	}
}

// wait returns when there may be something to do, or false when the context has ended.
func (t *Tailer) wait(ctx context.Context, wake <-chan struct{}) bool {
	timer := time.NewTimer(t.pollIn())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.kick:
	case <-wake:
		// A busy directory must not make the tailer poll without end: what comes soon after a poll waits for the same next one.
		rest := time.NewTimer(min(wakePause, wakePause-t.opts.Now().Sub(t.polled)))
		defer rest.Stop()
		select {
		case <-rest.C:
		case <-ctx.Done():
		}
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// pollIn is the time until the next poll or until a batch is due.
func (t *Tailer) pollIn() time.Duration {
	next, now := t.opts.Poll, t.opts.Now()
	if len(t.sources) == 0 { // until somebody sets some
		next = time.Hour
	}
	for _, src := range t.sources {
		if d := src.batch.deadline(); !d.IsZero() {
			next = min(next, max(0, d.Sub(now)))
		}
	}
	return next
}

// step looks at everything once: new and renamed files, what they hold, what is over, what is due. more says that there is
// something left to read right away.
func (t *Tailer) step(ctx context.Context) (more bool, err error) {
	now := t.opts.Now()
	if err := t.replace(ctx, now); err != nil {
		return false, err
	}
	// While there is a backlog, rounds follow each other at once: what is live need not be looked at in each of them.
	live := !t.catchUp || elapsed(now, t.looked, batchAge)
	if t.changed.Swap(false) || !t.started || elapsed(now, t.scanned, t.pace()) || live && t.moved(now) {
		t.scan(now)
	}
	if live {
		t.looked = now
	}
	for _, f := range t.unsettled() {
		if f.mode == modeNew {
			t.classify(f, now)
		}
		if f.stale {
			t.renew(f)
		}
	}
	t.byStart = nil
	files, more := t.plan(live, now)
	if err := t.readAll(ctx, files); err != nil {
		return false, err
	}
	now = t.opts.Now()
	t.settleAll(files, now)
	for _, f := range files {
		more = more || f.behind && f.mode == modeRead
	}
	t.finishGone(now)
	switch t.catchUp = more; {
	case more:
		t.busy = now
	case elapsed(now, t.busy, idleAge):
		t.slim()
	}
	return more, t.closeDue(ctx, now, false)
}

// unsettled are the files that are new, or whose decoder is not set as it should be.
func (t *Tailer) unsettled() []*file {
	var files []*file
	for _, f := range t.order {
		if f.mode == modeNew || f.stale {
			files = append(files, f)
		}
	}
	return files
}

// elapsed reports whether something is a while ago. A clock that was set back is no reason to wait for it.
func elapsed(now, since time.Time, d time.Duration) bool {
	passed := now.Sub(since)
	return passed >= d || passed < 0
}

// slim lets go of the memory that only a backlog needs.
func (t *Tailer) slim() {
	t.slabs.drop()
	for _, w := range t.workers {
		w.slim()
	}
}

func (t *Tailer) closeFiles() {
	for _, f := range t.order {
		if f.mode != modeDone {
			_ = f.text.Close() // it was only read
		}
	}
}
