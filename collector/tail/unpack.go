package tail

import (
	"fmt"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/expand"
)

// recognise finds out whether a file that nothing is known of is compressed, and if so reads it as what it unpacks to.
func (f *file) recognise(first []byte) error {
	switch format := expand.Recognise(first); format {
	case expand.Plain:
		return nil
	case expand.Gzip, expand.Zstd:
		p, ok := f.text.(*plain)
		if !ok {
			return nil // it is known already
		}
		a, err := newArchive(p)
		if err == nil {
			f.text, f.archive = a, a
		}
		return err
	default:
		return fmt.Errorf("is compressed with %s, which is not read", format)
	}
}

// recallArchive reports whether an archive was read to its end before, under whatever name.
func (t *Tailer) recallArchive(f *file) bool {
	p := t.known.archives[f.archive.id]
	if p == nil {
		return false
	}
	f.took = p
	for _, q := range slices.Clone(t.known.byKey[f.key]) { // how far it had been read before it was done
		if q.HeadSize == p.HeadSize && string(q.Head) == string(p.Head) && q != p {
			t.known.remove(q)
		}
	}
	f.shelve()
	return true
}

// shelve closes an archive that needs no more reading. It stays in the tailer's books, so that it is not opened again.
func (f *file) shelve() {
	f.mode, f.behind, f.problem = modeDone, false, nil
	f.offset.Store(f.archive.opened.size)
	_ = f.archive.Close() // it was only read
	f.dec, f.parked, f.head, f.first, f.runs, f.last, f.mark = nil, nil, head{}, "", nil, "", ""
}

// endArchive stores that an archive was read to its end, so that it is not read again, and keeps what it held known, in case the
// same text turns up in another form.
func (t *Tailer) endArchive(f *file, now time.Time) {
	var out output
	if f.consumed() > 0 || f.head.size > 0 {
		f.end(&out, now)
	}
	f.ended = true
	t.put(f, &out, now)
	done := f.left(now)
	done.ID = f.archive.id
	f.src.batch.keep(&done.Position, now)
	f.took = t.known.put(done)
	t.opts.Logger.Debug("archive is read", "path", f.path, "offset", f.consumed())
	f.shelve()
}

// handOver has a file go on where an archive of it ended that is not whole. The archive is a copy from now on.
func (t *Tailer) handOver(a, f *file, now time.Time) {
	f.dec, f.parked, f.decoded, f.runs = a.dec, a.parked, a.decoded, a.runs
	a.reset(t.opts.MaxLine)
	a.mode, a.original, a.behind = modeCopy, f, false
	a.size = f.consumed()
	t.note(a, now)
}

// skipArchive passes over an archive of a source that starts at the end.
func (t *Tailer) skipArchive(f *file, now time.Time) {
	p := collector.Position{ID: f.archive.id, Source: f.src.Name, Path: f.path, Device: f.key.device, Inode: f.key.inode, UpdatedAt: now.UTC()}
	f.src.batch.keep(&p, now)
	t.known.put(entry{Position: p})
	f.shelve()
}

// stir has an archive looked at again that has changed since it was read and was left in peace for a while: it is whole now, or
// something was appended to it.
func (t *Tailer) stir(f *file, s sighting, now time.Time) {
	a := f.archive
	if a == nil {
		return
	}
	if seen := (stamp{s.size, s.mod}); seen != a.last {
		a.last, a.since = seen, now
	}
	if a.last == a.opened || f.behind || !elapsed(now, a.since, t.opts.RotateWait) {
		return
	}
	if err := t.stirred(f); err != nil {
		f.problem = err
	}
}

func (t *Tailer) stirred(f *file) error {
	if f.mode != modeDone {
		f.behind = f.mode == modeRead
		f.stirs = true
		return f.archive.refresh()
	}
	fd, err := t.open(f.path)
	if err != nil {
		return err
	}
	if err := sameFile(fd, f.path, f.key); err != nil {
		_ = fd.Close() // it was not even read
		return err
	}
	f.renew(fd, t.opts.MaxLine)
	return nil
}

// renew begins a file anew whose content was dealt with.
func (f *file) renew(text *plain, maxLine int) {
	f.text, f.archive, f.ended = text, nil, false
	f.reset(maxLine)
}
