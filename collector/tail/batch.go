package tail

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// output is what was decoded of one file and is not in a batch yet.
type output struct {
	calls []claude.Call
	bytes int // of the lines that gave the calls
}

func (o *output) full() bool { return len(o.calls) >= maxCalls || o.bytes >= maxBytes }

// batch is what one source has read and not handed to the committer yet. What a file gave and the position behind it come
// together, so that a batch can be closed between any two of them.
type batch struct {
	calls     []claude.Call
	bytes     int // of the lines that gave the calls
	counts    collector.Counter
	positions []collector.Position
	slots     map[string]int // of a position's ID in positions
	opened    time.Time      // when the first thing was put in; zero while empty
	called    time.Time      // when the first call was put in
	closed    time.Time      // when the one before it was handed on
	large     bool           // as many calls are to be expected as come in a backlog
}

// keep has the batch store a position in the place of an earlier one.
func (b *batch) keep(p *collector.Position, now time.Time) {
	if b.opened.IsZero() {
		b.opened, b.slots = now, map[string]int{}
	}
	if i, ok := b.slots[p.ID]; ok {
		b.positions[i] = *p
		return
	}
	b.slots[p.ID] = len(b.positions)
	b.positions = append(b.positions, *p)
}

// add takes an output's calls and leaves the output empty, with room for the next ones. What is as much as a batch is taken without
// copying.
func (b *batch) add(out *output, now time.Time, free *slabs) {
	if len(out.calls) == 0 {
		return
	}
	if b.called.IsZero() {
		b.called = now
	}
	b.bytes += out.bytes
	switch {
	case len(b.calls) == 0 && len(out.calls) >= maxCalls/2:
		b.calls, out.calls = out.calls, free.get()
	case b.calls == nil && b.large:
		b.calls = append(free.get(), out.calls...)
	default:
		b.calls = append(b.calls, out.calls...)
	}
	out.calls, out.bytes = out.calls[:0], 0
}

// fits reports whether there is room for an output. An empty batch has it for everything.
func (b *batch) fits(out *output) bool {
	return len(b.calls) == 0 || len(b.calls)+len(out.calls) <= slabCalls
}

func (b *batch) full() bool { return len(b.calls) >= maxCalls || b.bytes >= maxBytes }

// due reports whether the batch has waited long enough: calls not at all when they come singly, else until the batch before is
// batchAge old, and mere positions about a second.
func (b *batch) due(now time.Time) bool {
	switch {
	case b.opened.IsZero():
		return false
	case b.full(), !b.called.IsZero() && elapsed(now, b.closed, batchAge):
		return true
	default:
		return elapsed(now, b.opened, idleAge)
	}
}

// deadline is when the batch will be due; zero when it is empty.
func (b *batch) deadline() time.Time {
	switch {
	case b.opened.IsZero():
		return time.Time{}
	case !b.called.IsZero():
		return b.closed.Add(batchAge)
	default:
		return b.opened.Add(idleAge)
	}
}

// deliver puts what was decoded of a file into its source's batch, together with the position behind it. It waits while the sink takes
// nothing, and all reading with it: then the files are the queue. It is safe for concurrent use with different files.
func (t *Tailer) deliver(ctx context.Context, f *file, out *output, now time.Time) error {
	t.batches.Lock()
	defer t.batches.Unlock()
	if !f.src.batch.fits(out) {
		if err := t.close(ctx, f.src); err != nil {
			return err
		}
	}
	t.put(f, out, now)
	if f.src.batch.full() {
		return t.close(ctx, f.src)
	}
	return nil
}

// put is deliver without closing a batch, so that what belongs together is stored together. Between two rounds of reading nothing else
// closes one.
func (t *Tailer) put(f *file, out *output, now time.Time) {
	p := f.position(now)
	b := &f.src.batch
	b.keep(&p, now)
	attribute(out.calls, f.path)
	b.add(out, now, &t.slabs)
	f.settle(p.Offset, &b.counts)
	f.fresh = false
}

// note has the batch store where a file is now.
func (t *Tailer) note(f *file, now time.Time) { t.put(f, &output{}, now) }

// close hands the source's batch on.
func (t *Tailer) close(ctx context.Context, src *source) error {
	b := &src.batch
	if b.opened.IsZero() {
		return nil
	}
	out := collector.Batch{Source: src.Name, Calls: b.calls, Positions: b.positions, Counts: b.counts.Take(src.Name)}
	src.batch = batch{closed: t.opts.Now(), large: len(b.calls) >= maxCalls/2}
	return t.emit(ctx, out)
}

// closeDue hands on every batch whose time has come, or all of them.
func (t *Tailer) closeDue(ctx context.Context, now time.Time, all bool) error {
	t.batches.Lock()
	defer t.batches.Unlock()
	for _, src := range t.sources {
		if all || src.batch.due(now) {
			if err := t.close(ctx, src); err != nil {
				return err
			}
		}
	}
	return nil
}
