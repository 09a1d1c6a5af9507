package tail

import (
	"bytes"
	"time"
)

// compareSize is how much of two files is compared where a copy would have to be the same, besides their heads.
const compareSize = 4 << 10

// recall starts a file where the store or an earlier life left it, if its content bears that out.
func (t *Tailer) recall(f *file) {
	head, err := readHead(f.fd)
	if f.problem = err; err != nil {
		return
	}
	if p := t.known.exact(f.key, f.fd, head); p != nil {
		t.resume(f, p, head)
	}
}

// classify finds out what a file is that is not read yet: something known under another name or number, the copy of a file that is
// being read, or new. A file stays unclassified while it is empty.
func (t *Tailer) classify(f *file, now time.Time) {
	head, err := readHead(f.fd)
	if f.problem = err; err != nil || len(head) == 0 {
		return
	}
	if compressed(head) {
		f.problem = errCompressed
		return
	}
	if p := t.known.content(f.fd, head, f.mode == modeCopy); p != nil {
		t.resume(f, p, head)
		f.src.batch.touch(f, now)
		return
	}
	if f.mode == modeCopy && !f.gone.IsZero() {
		return // it was never more than a copy, and ends as one
	}
	size := f.sizeNow()
	original, goesOn := t.findOriginal(f, head, size)
	switch {
	case original != nil && goesOn: // it has all that was read there, and more
		t.begin(f, original.consumed(), head)
		f.src.batch.touch(f, now)
	case original != nil && (size >= evidence || f.waits(size, now)):
		f.mode, f.original = modeCopy, original
	case f.mode == modeCopy && f.size >= evidence && original == nil && t.lostOriginal(f): // nothing in it is new up to here
		t.begin(f, f.size, head)
		f.src.batch.touch(f, now)
	case f.fromEnd:
		t.begin(f, size, head)
		f.src.batch.touch(f, now)
	default:
		t.begin(f, 0, head)
	}
}

// waits reports whether a beginning that is too short to tell a copy by may still become one.
func (f *file) waits(size int64, now time.Time) bool {
	if f.mode == modeNew || size > f.size {
		f.grewAt, f.size = now, size
	}
	return now.Sub(f.grewAt) < defaultRotateWait
}

// lostOriginal reports that a copy's original is no longer read, so that it can't say any more whether the copy differs.
func (t *Tailer) lostOriginal(f *file) bool {
	return t.files[f.original.key] != f.original || f.original.mode != modeRead
}

// findOriginal finds the file of the same source that this one is a copy of, as far as it goes. goesOn says that the copy
// holds more than the original, of which everything is read. The file that had this one's name is not asked: a copy always has
// another name.
func (t *Tailer) findOriginal(f *file, head []byte, size int64) (original *file, goesOn bool) {
	for _, a := range t.order {
		if a == f || a == f.holder || a.src != f.src || a.mode != modeRead || !alike(head, a.head) {
			continue
		}
		if !a.intact() { // it was cut since; its next reading will find out and settle what this file is
			return a, false
		}
		theirs := a.sizeNow()
		if theirs < evidence || !sameBefore(f, a, min(size, theirs)) {
			continue
		}
		f.size = max(f.size, min(size, a.consumed()))
		// The original is measured again after the copy: if it is shorter even so, this is more than a copy in the making.
		theirs = a.sizeNow()
		return a, size > theirs && a.lines.at == theirs
	}
	return nil, false
}

// alike compares the beginnings of two files as far as both are known.
func alike(a, b []byte) bool {
	n := min(len(a), len(b))
	return bytes.Equal(a[:n], b[:n])
}

// sameBefore compares the first and the last bytes that two files have before an offset.
func sameBefore(f, a *file, offset int64) bool {
	head, err := readHead(a.fd)
	if err != nil {
		return false
	}
	own, err := readHead(f.fd)
	if err != nil || !alike(head[:min(int64(len(head)), offset)], own) {
		return false
	}
	mine, err := readBefore(f.fd, offset, compareSize)
	if err != nil {
		return false
	}
	theirs, err := readBefore(a.fd, offset, compareSize)
	return err == nil && bytes.Equal(mine, theirs)
}

// sizeNow is the size of the file, 0 if it can't be told.
func (f *file) sizeNow() int64 {
	info, err := f.fd.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// resume goes on at a known position, which is then this file's.
func (t *Tailer) resume(f *file, p *entry, head []byte) {
	t.known.remove(p)
	f.took = p
	t.begin(f, p.Offset, head)
	if len(p.State) == 0 {
		return
	}
	if err := f.dec.Restore(p.State); err != nil {
		t.opts.Logger.Warn("decoder starts without its state", "path", f.path, "offset", p.Offset, "error", err)
	}
}

// begin starts reading at an offset. Where that is in the middle of a line, the rest of the line is passed over.
func (t *Tailer) begin(f *file, offset int64, head []byte) {
	mark, err := readBefore(f.fd, offset, markSize)
	if err != nil {
		f.problem = err
		return
	}
	f.begin(offset, mark, head)
	f.lines.drop = offset > 0 && mark[len(mark)-1] != '\n'
	t.opts.Logger.Debug("reading file", "path", f.path, "offset", offset)
}

// compressed recognises gzip and Zstandard by their first bytes.
func compressed(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0x1f, 0x8b}) || bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd})
}

// sayLost tells of the files that were replaced or cut while nobody looked and whose old content is nowhere to be found.
func (t *Tailer) sayLost() {
	newest := map[string]*entry{}
	for _, all := range t.known.byKey {
		for _, p := range all {
			if q := newest[p.Path]; q == nil || p.UpdatedAt.After(q.UpdatedAt) {
				newest[p.Path] = p
			}
		}
	}
	for _, f := range t.order {
		if p := newest[f.path]; p != nil && f.took == nil && f.mode == modeRead {
			t.opts.Logger.Warn("file was replaced or cut while the agent was down; lines after the old position that the agent had not read are lost unless a glob covers the rotated file",
				"path", f.path, "offset", p.Offset)
		}
	}
}
