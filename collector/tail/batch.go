package tail

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// batch is what one source has read and not handed to the committer yet.
type batch struct {
	calls  []claude.Call
	bytes  int // of the lines that gave the calls
	counts collector.Counter
	dirty  []*file
	opened time.Time // when the first thing was put in; zero while empty
	called time.Time // when the first call was put in
}

func (b *batch) open(now time.Time) {
	if b.opened.IsZero() {
		b.opened = now
	}
}

// touch makes the batch take the file's position when it is closed.
func (b *batch) touch(f *file, now time.Time) {
	b.open(now)
	if !f.dirty {
		f.dirty = true
		b.dirty = append(b.dirty, f)
	}
}

func (b *batch) add(f *file, calls []claude.Call, size int, now time.Time) {
	if len(calls) == 0 {
		return
	}
	if b.called.IsZero() {
		b.called = now
	}
	b.bytes += size
	b.calls = append(b.calls, calls...)
	f.stamp(b, len(calls))
	b.touch(f, now)
}

func (b *batch) full() bool { return len(b.calls) >= maxCalls || b.bytes >= maxBytes }

// due reports whether the batch has waited long enough: calls soon, mere positions about once a second.
func (b *batch) due(now time.Time) bool {
	switch {
	case b.opened.IsZero():
		return false
	case b.full(), !b.called.IsZero() && now.Sub(b.called) >= batchAge:
		return true
	default:
		return now.Sub(b.opened) >= idleAge
	}
}

// deadline is when the batch will be due; zero when it is empty.
func (b *batch) deadline() time.Time {
	switch {
	case b.opened.IsZero():
		return time.Time{}
	case !b.called.IsZero():
		return b.called.Add(batchAge)
	default:
		return b.opened.Add(idleAge)
	}
}

// close hands the source's batch on. The positions are those of this moment, so that they cover exactly the calls in it and
// before it.
func (t *Tailer) close(ctx context.Context, src *source, now time.Time) error {
	b := &src.batch
	if b.opened.IsZero() {
		return nil
	}
	out := collector.Batch{Source: src.Name, Calls: b.calls}
	for _, f := range b.dirty {
		p := f.position(now)
		f.settle(p.Offset, &b.counts)
		f.dirty = false
		out.Positions = append(out.Positions, p)
	}
	out.Counts = b.counts.Take(src.Name)
	src.batch = batch{}
	return t.emit(ctx, out)
}

// closeDue hands on every batch whose time has come, or all of them.
func (t *Tailer) closeDue(ctx context.Context, now time.Time, all bool) error {
	for _, src := range t.sources {
		if all || src.batch.due(now) {
			if err := t.close(ctx, src, now); err != nil {
				return err
			}
		}
	}
	return nil
}
