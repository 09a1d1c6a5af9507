package tail

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// plan chooses what is read in this round: if live is set the files that were read to their end the last time and are due, and of the others
// those that have waited longest, so that a backlog of any size does not keep the tailer from looking at what is live. Archives are read
// one after the other, since an open one takes memory. more says that others are left for the next round. The files are good until it
// plans the next one.
func (t *Tailer) plan(live bool, now time.Time) (files []*file, more bool) {
	clear(t.round)
	files = t.round[:0]
	defer func() { t.round = files }()
	var backlog []*file
	var news *told
	if live {
		news = t.news.take()
	}
	archives := 0
	owners := map[*source]int64{}
	for _, f := range t.order {
		if f.release(); f.dec != nil {
			owners[f.src]++
		}
		switch {
		case f.mode != modeRead:
		case f.after != nil:
			more = true
		case !f.behind:
			if live && t.due(f, now, news) {
				files = append(files, f)
			}
		case f.archive != nil && archives >= t.opts.Workers:
			more = true
		default:
			if f.archive != nil {
				archives++
			}
			backlog = append(backlog, f)
		}
	}
	for _, src := range t.sources {
		src.owners.Store(owners[src])
	}
	slices.SortStableFunc(backlog, func(a, b *file) int { return cmp.Compare(a.turn, b.turn) })
	t.turn++
	room := maxTurns * int64(t.opts.Workers) * quantum
	for i, f := range backlog {
		if room <= 0 {
			return append(files, backlog[:i]...), true
		}
		room -= f.share()
		f.turn = t.turn
	}
	return append(files, backlog...), more
}

// share is about how much of the file will be read in one round, in bytes.
func (f *file) share() int64 {
	if f.archive != nil {
		return quantum
	}
	return max(0, min(quantum, f.sizeNow()-f.lines.at))
}

// release ends the wait for a predecessor that has nothing more to read.
func (f *file) release() {
	if f.after != nil && (f.after.mode != modeRead || !f.after.behind) {
		f.after = nil
	}
}

// follow has the file read after another one, unless that one waits for this one.
func (f *file) follow(a *file) {
	for b := a; b != nil; b = b.after {
		if b == f {
			return
		}
	}
	if a != nil && a.mode == modeRead {
		a.behind = true // it may have grown since it was looked at
	}
	f.after = a
}

// worker is what one goroutine reads with.
type worker struct {
	buf []byte
	out output // empty but for its room while no file is read
}

func newWorker() *worker { return &worker{buf: make([]byte, smallRead)} }

// widen makes room for larger reads after one that filled the buffer: there is a backlog.
func (w *worker) widen(read int) {
	if read == len(w.buf) && read < readSize {
		w.buf = make([]byte, readSize)
	}
}

// slim lets go of the memory that only a backlog needs.
func (w *worker) slim() {
	if len(w.buf) > smallRead {
		w.buf = make([]byte, smallRead)
	}
	if cap(w.out.calls) >= maxCalls/2 {
		w.out.calls = nil
	}
}

// readAll reads a quantum of each file, several files at once, and more of one that is alone. Each file is read by one goroutine, so its
// lines stay in order. What changes more than the file itself is left for settleAll.
func (t *Tailer) readAll(ctx context.Context, files []*file) error {
	if len(files) == 1 {
		return t.readFile(ctx, files[0], t.worker(0), alone)
	}
	if t.opts.Workers == 1 {
		for _, f := range files {
			if err := t.readFile(ctx, f, t.worker(0), quantum); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	errs := make([]error, min(t.opts.Workers, len(files)))
	var wg sync.WaitGroup
	for i := range errs {
		w := t.worker(i)
		wg.Go(func() {
			for k := next.Add(1); k <= int64(len(files)) && errs[i] == nil; k = next.Add(1) {
				errs[i] = t.readFile(ctx, files[k-1], w, quantum)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (t *Tailer) worker(i int) *worker {
	for len(t.workers) <= i {
		t.workers = append(t.workers, newWorker())
	}
	return t.workers[i]
}
