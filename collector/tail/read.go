package tail

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// reasonCut is why the beginning of a line whose end was cut away is rejected: half a line may look like a whole one.
const reasonCut = "cut off"

// readFile reads what one file has, up to so many bytes. The error is the context's.
func (t *Tailer) readFile(ctx context.Context, f *file, w *worker, most int) error {
	f.behind, f.found = false, eventNone
	out := &w.out
	for taken := 0; ; {
		fresh, overlap, cut, err := f.read(w.buf)
		now := t.opts.Now()
		f.problem = err
		if err == nil && !cut && taken == 0 && (len(fresh) > 0 || elapsed(now, f.checked.time(), t.opts.Rescan)) {
			f.checked = instantOf(now)
			cut = !f.sameHead()
		}
		if cut {
			f.found = eventCut
		}
		if err != nil || cut || len(fresh) == 0 {
			return t.rest(ctx, f, out, now)
		}
		f.grewAt = instantOf(now)
		if err := t.decode(ctx, f, w.buf[:overlap+len(fresh)], overlap, out); err != nil {
			return err
		}
		w.widen(overlap + len(fresh))
		if taken += len(fresh); taken >= most {
			f.behind = true
			return t.rest(ctx, f, out, now)
		}
	}
}

// rest delivers what a round of reading gave.
func (t *Tailer) rest(ctx context.Context, f *file, out *output, now time.Time) error {
	f.offset.Store(f.text.disk(f.consumed()))
	if f.archive != nil && !f.behind && f.found == eventNone && f.problem == nil {
		f.found = eventEnded
	}
	if !f.behind && (f.dec != nil || f.parked != nil && f.checked == instantOf(now)) {
		out.calls = append(out.calls, f.decoder().Flush(now, false)...)
	}
	news := f.fresh || len(out.calls) > 0
	if news {
		if err := t.deliver(ctx, f, out, now); err != nil {
			return err
		}
	}
	if !f.behind && (news || f.checked == instantOf(now)) {
		f.relax()
	}
	return nil
}

// relax lets go of what an idle file has no use for.
func (f *file) relax() {
	f.park()
	f.lines.relax()
	if f.mark == f.last {
		f.mark = f.last // once in memory
	}
}

// decode hands the lines in data to the decoder; the first overlap bytes were taken before and only say what stands before them.
func (t *Tailer) decode(ctx context.Context, f *file, data []byte, overlap int, out *output) error {
	now := t.opts.Now()
	rest := data[overlap:]
	f.extendHead(rest)
	end := overlap
	for {
		line, after, ok := f.lines.next(rest)
		if !ok {
			break
		}
		rest = after
		end = len(data) - len(rest)
		if f.lines.drop {
			f.lines.drop = false
			f.fresh = true
			continue
		}
		f.take(line, out, now)
		if out.full() {
			f.keepMark(data[:end])
			if err := t.deliver(ctx, f, out, now); err != nil {
				return err
			}
		}
	}
	if end > overlap {
		f.keepMark(data[:end])
	}
	f.remember(data)
	return nil
}

// keepMark keeps the bytes before the next line.
func (f *file) keepMark(before []byte) {
	f.mark = string(before[max(0, len(before)-markSize):])
}

// take decodes one line.
func (f *file) take(line collector.Line, out *output, now time.Time) {
	o := f.decoder().Decode(line, now)
	f.decoded, f.fresh = true, true
	if len(o.Calls) > 0 {
		out.bytes += len(line.Text)
		out.calls = append(out.calls, o.Calls...)
	}
	f.hold(line.End, o)
}

// end takes the last line, which has no line break, and what the decoder has held back: nothing more comes of this content.
func (f *file) end(out *output, now time.Time) {
	if line, ok := f.lines.end(); ok {
		f.mark = f.last
		f.take(line, out, now)
	}
	f.flush(out, now)
}

// cutOff ends a content whose last line lost its end.
func (f *file) cutOff(out *output, now time.Time) {
	if line, ok := f.lines.end(); ok {
		f.hold(line.End, collector.Outcome{Rejected: reasonCut, Detail: "the file was truncated in the middle of a line"})
	}
	f.flush(out, now)
}

func (f *file) flush(out *output, now time.Time) {
	if f.dec != nil || f.parked != nil {
		out.calls = append(out.calls, f.decoder().Flush(now, true)...)
	}
}

// settleAll deals with what reading found out, one file after the other.
func (t *Tailer) settleAll(files []*file, now time.Time) {
	for _, f := range files {
		found := f.found
		f.found = eventNone
		switch found {
		case eventCut:
			t.cut(f, now)
		case eventEnded:
			t.endArchive(f, now)
		case eventNone:
		}
	}
}

// cut deals with a file that was truncated, and perhaps has grown again. Its old content may go on in a copy: that one takes
// over where the file was left. Without a copy the old content is over. What becomes of both is stored in one transaction.
func (t *Tailer) cut(f *file, now time.Time) {
	left := t.known.put(f.left(now))
	old := *f
	f.reset(t.opts.MaxLine)
	t.note(f, now)
	t.scan(now)
	if !t.known.has(left) {
		f.follow(t.taker(left))
		return
	}
	t.known.remove(left)
	whole := *left
	whole.Offset, whole.State = old.consumed(), nil
	f.cutAway = t.known.put(whole)
	if old.cutAway != nil && t.known.has(old.cutAway) {
		t.known.remove(old.cutAway)
	}
	var out output
	old.cutOff(&out, now)
	attribute(out.calls, old.path)
	f.src.batch.add(&out, now, &t.slabs)
	old.settle(old.lines.start, &f.src.batch.counts)
	t.opts.Logger.Info("file was truncated", "path", f.path, "offset", whole.Offset)
}

// left is the position of a content that leaves this file, to be found by the last bytes that were decoded of it.
func (f *file) left(now time.Time) entry {
	p := f.position(now)
	p.TailHash = hash([]byte(f.mark))
	return entry{Position: p, checkAt: f.consumed(), expires: now.Add(keepKnown)}
}

// taker returns the file that took a known position over.
func (t *Tailer) taker(p *entry) *file {
	for _, f := range t.order {
		if f.took == p {
			return f
		}
	}
	return nil
}

// finishGone ends the files that lost their name and have been quiet since.
func (t *Tailer) finishGone(now time.Time) {
	var gone []*file
	for _, f := range t.order {
		if !f.gone.IsZero() && !f.behind {
			gone = append(gone, f)
		}
	}
	for _, f := range gone {
		if at := instantOf(now); at < f.gone || at < f.grewAt { // the clock was set back: the wait begins again
			f.gone, f.grewAt = at, at
		}
		if f.mode == modeDone || elapsed(now, f.gone.time(), t.opts.RotateWait) && elapsed(now, f.grewAt.time(), t.opts.RotateWait) {
			t.finish(f, now)
		}
	}
}

// finish ends a file for good. Its position stays known, in case its content turns up again.
func (t *Tailer) finish(f *file, now time.Time) {
	if f.mode == modeRead {
		var out output
		if f.archive == nil {
			f.end(&out, now)
		} else { // it was damaged, so the last line may lack its end
			f.cutOff(&out, now)
		}
		t.put(f, &out, now)
		t.known.put(f.left(now))
	}
	if f.mode != modeDone {
		_ = f.text.Close() // it was only read
	}
	t.forget(f)
}
