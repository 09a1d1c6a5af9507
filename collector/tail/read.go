package tail

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// reasonCut is why the beginning of a line whose end was cut away is rejected: half a line may look like a whole one.
const reasonCut = "cut off"

// readFile reads what one file has, up to the quantum.
func (t *Tailer) readFile(ctx context.Context, f *file) error {
	f.behind = false
	for taken := 0; ; {
		fresh, overlap, cut, err := f.read(t.buf)
		now := t.opts.Now()
		f.problem = err
		if err == nil && !cut && taken == 0 && (len(fresh) > 0 || now.Sub(f.checked) >= t.opts.Rescan) {
			f.checked = now
			cut = !f.sameHead()
		}
		switch {
		case err != nil:
			return nil //nolint:nilerr // the status shows it, and the next poll tries again
		case cut:
			t.cut(f, now)
			return nil
		case len(fresh) == 0:
			f.offset.Store(f.consumed())
			f.src.batch.add(f, f.dec.Flush(now, false), 0, now)
			return nil
		}
		f.grewAt = now
		if err := t.decode(ctx, f, t.buf[:overlap+len(fresh)], overlap); err != nil {
			return err
		}
		if taken += len(fresh); taken >= quantum {
			f.offset.Store(f.consumed())
			f.behind = true
			return nil
		}
	}
}

// decode hands the lines in data to the decoder; the first overlap bytes were taken before and only say what stands before them.
func (t *Tailer) decode(ctx context.Context, f *file, data []byte, overlap int) error {
	now := t.opts.Now()
	rest := data[overlap:]
	f.extendHead(rest)
	for {
		line, after, ok := f.lines.next(rest)
		if !ok {
			break
		}
		rest = after
		end := len(data) - len(rest)
		f.mark = append(f.mark[:0], data[max(0, end-markSize):end]...)
		if f.lines.drop {
			f.lines.drop = false
			continue
		}
		f.take(line, now)
		if f.src.batch.full() {
			if err := t.close(ctx, f.src, now); err != nil {
				return err
			}
		}
	}
	f.remember(data)
	return nil
}

// take decodes one line into the source's batch.
func (f *file) take(line collector.Line, now time.Time) {
	b := &f.src.batch
	b.touch(f, now)
	o := f.dec.Decode(line, now)
	f.decoded = true
	b.add(f, o.Calls, len(line.Text), now)
	f.hold(line.End, o)
	if len(f.held) >= maxHeld {
		offset, _ := f.resume()
		f.settle(offset, &b.counts)
	}
}

// end takes the last line, which has no line break, and what the decoder has held back: nothing more comes of this content.
func (f *file) end(now time.Time) {
	if line, ok := f.lines.end(); ok {
		f.mark = append(f.mark[:0], f.last...)
		f.take(line, now)
	}
	f.flush(now)
}

// cutOff ends a content whose last line lost its end.
func (f *file) cutOff(now time.Time) {
	if line, ok := f.lines.end(); ok {
		f.hold(line.End, collector.Outcome{Rejected: reasonCut, Detail: "the file was truncated in the middle of a line"})
	}
	f.flush(now)
}

func (f *file) flush(now time.Time) {
	b := &f.src.batch
	b.touch(f, now)
	b.add(f, f.dec.Flush(now, true), 0, now)
	f.settle(f.lines.start, &b.counts)
}

// cut deals with a file that was truncated, and perhaps has grown again. Its old content may go on in a copy: that one takes
// over where the file was left. Without a copy the old content is over.
func (t *Tailer) cut(f *file, now time.Time) {
	f.src.batch.touch(f, now)
	old := *f // it counts as dirty, so that only f itself gives the batch a position
	left := t.known.put(f.left(now))
	f.reset(t.opts.MaxLine)
	t.scan(now)
	if !t.known.has(left) {
		f.after = t.taker(left)
		return
	}
	t.known.remove(left)
	whole := *left
	whole.Offset, whole.State = old.consumed(), nil
	f.cutAway = t.known.put(whole)
	if old.cutAway != nil && t.known.has(old.cutAway) {
		t.known.remove(old.cutAway)
	}
	old.cutOff(now)
	t.opts.Logger.Info("file was truncated", "path", f.path, "offset", whole.Offset)
}

// left is the position of a content that leaves this file, to be found by the last bytes that were decoded of it.
func (f *file) left(now time.Time) entry {
	p := f.position(now)
	p.TailHash = hash(f.mark)
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
	for _, f := range append([]*file(nil), t.order...) {
		quiet := f.gone
		if f.grewAt.After(quiet) {
			quiet = f.grewAt
		}
		if f.gone.IsZero() || f.behind || now.Sub(quiet) < t.opts.RotateWait {
			continue
		}
		t.finish(f, now)
	}
}

// finish ends a file for good. Its position stays known, in case its content turns up again.
func (t *Tailer) finish(f *file, now time.Time) {
	if f.mode == modeRead {
		f.end(now)
		p := f.position(now)
		f.final = &p // the batch takes it when the file is closed already
		t.known.put(f.left(now))
	}
	f.fd.Close() //nolint:errcheck // it was only read
	t.forget(f)
}
