package tail

import (
	"bytes"
	"io"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/collector/expand"
)

// compareSize is how much of two files is compared where a copy would have to be the same, besides their heads.
const compareSize = 4 << 10

// recall starts a file where the store or an earlier life left it, if its content bears that out.
func (t *Tailer) recall(f *file) {
	head, ok := t.beginning(f)
	if !ok {
		return
	}
	if p := t.known.exact(f.key, f.text, head); p != nil {
		t.resume(f, p, head)
	}
}

// beginning returns the first bytes of a file's text, having found out what kind of text it is; they are good until it is asked for the
// next file's. It is not ok while there is none, and for an archive that was read before.
func (t *Tailer) beginning(f *file) ([]byte, bool) {
	head, err := readHead(f.text, &t.head)
	if err == nil && f.archive == nil {
		err = f.recognise(head)
	}
	if err == nil && f.archive != nil {
		if t.recallArchive(f) {
			return nil, false
		}
		head, err = readHead(f.text, &t.head)
	}
	f.problem = err
	return head, len(head) > 0 && err == nil && (f.archive != nil || !expand.MayBecome(head))
}

// classifyAll finds out what the files are that are not read yet. Archives come last: one in the making is a copy of the file beside
// it.
func (t *Tailer) classifyAll(now time.Time) {
	var archives []*file
	for _, f := range slices.Clone(t.order) {
		switch {
		case f.mode != modeNew && f.mode != modeCopy:
		case f.archive != nil:
			archives = append(archives, f)
		default:
			t.classify(f, now)
		}
	}
	for _, f := range archives {
		t.classify(f, now)
	}
}

// classify finds out what a file is that is not read yet: something known under another name or number, the copy of a file that is
// being read, or new. A file stays unclassified while it is empty.
func (t *Tailer) classify(f *file, now time.Time) {
	head, ok := t.beginning(f)
	switch {
	case f.mode == modeDone:
	case f.archive != nil:
		t.classifyArchive(f, head, now)
	case ok:
		t.judge(f, head, now)
	}
}

// classifyArchive does the same for what an archive unpacks to. As that costs much, it is not done again while nothing has changed.
func (t *Tailer) classifyArchive(f *file, head []byte, now time.Time) {
	a := f.archive
	switch {
	case f.fromEnd:
		t.skipArchive(f, now)
		return
	case f.problem != nil:
		return
	case len(head) == 0 && a.damage() == nil: // there is nothing in it
		t.endArchive(f, now)
		return
	case len(head) == 0:
		f.problem = a.damage()
		return
	case f.mode == modeCopy && !f.stirs && !t.lostOriginal(f) && f.original.intact():
		return
	}
	f.stirs = false
	t.judge(f, head, now)
	if f.mode == modeRead && f.took != nil && t.readBefore(f, now) {
		return
	}
	if f.mode != modeCopy {
		a.rest() // its turn may come much later
	}
}

// readBefore ends an archive of which everything was read in another form.
func (t *Tailer) readBefore(f *file, now time.Time) bool {
	n, err := f.text.ReadAt(make([]byte, 1), f.consumed())
	if n > 0 || err != io.EOF || f.lines.drop { //nolint:errorlint // the archive returns it bare
		return false
	}
	t.endArchive(f, now)
	return true
}

// judge decides what a file with some text is.
func (t *Tailer) judge(f *file, head []byte, now time.Time) {
	if p := t.known.content(f.text, head, func(p *entry) bool { return f.isOf(p, head) }); p != nil {
		t.resume(f, p, head)
		t.retire(f, p, now)
		t.note(f, now)
		return
	}
	if f.mode == modeCopy && !f.gone.IsZero() {
		return // it was never more than a copy, and ends as one
	}
	original, goesOn := t.findOriginal(f, head)
	switch {
	case original != nil && goesOn: // it has all that was read there, and more
		t.begin(f, original.consumed(), head)
		if original.archive != nil {
			t.handOver(original, f, now)
		}
		t.note(f, now)
	case original != nil && f.waits(now):
		f.mode, f.original = modeCopy, original
	case f.mode == modeCopy && f.size >= evidence && original == nil && t.lostOriginal(f): // nothing in it is new up to here
		t.begin(f, f.size, head)
		t.note(f, now)
	case f.fromEnd:
		t.begin(f, f.sizeNow(), head)
		t.note(f, now)
	default:
		t.begin(f, 0, head)
	}
}

// isOf reports whether what a file begins with is enough to take it for the text of a position. Short beginnings are alike by chance,
// but for what is known to be a copy, and for an archive that holds what the position covers and no byte more.
func (f *file) isOf(p *entry, head []byte) bool {
	if f.mode == modeCopy || p.checkAt >= evidence {
		return true
	}
	return f.archive != nil && int64(len(head)) == p.checkAt && p.HeadSize == p.checkAt && sameFamily(f.path, p.Path)
}

// waits reports whether a beginning that is too short to tell a copy by may still become one.
func (f *file) waits(now time.Time) bool {
	size := f.sizeNow()
	if size >= evidence || f.archive != nil {
		return true
	}
	if f.mode == modeNew || size > f.size || now.Before(f.grewAt.time()) {
		f.grewAt, f.size = instantOf(now), size
	}
	return now.Sub(f.grewAt.time()) < defaultRotateWait
}

// lostOriginal reports that a copy's original is no longer read, so that it can't say any more whether the copy differs.
func (t *Tailer) lostOriginal(f *file) bool {
	return t.files[f.original.key] != f.original || f.original.mode != modeRead
}

// findOriginal finds the file of the same source that this one is a copy of, as far as it goes. goesOn says that the copy
// holds more than the original, of which everything is read. The file that had this one's name is not asked: a copy always has
// another name.
func (t *Tailer) findOriginal(f *file, head []byte) (original *file, goesOn bool) {
	for _, a := range t.candidates(head) {
		if a == f || a == f.holder || a.src != f.src || a.mode != modeRead || !a.beginsLike(head) {
			continue
		}
		if !a.intact() { // it was cut since; its next reading will find out and settle what this file is
			return a, false
		}
		size, theirs := f.sizeNow(), a.sizeNow()
		if !f.mayBeOf(a, theirs) || !sameBefore(f, a, min(size, theirs)) {
			continue
		}
		f.size = max(f.size, min(size, a.consumed()))
		// The original is measured again after the copy: if it is shorter even so, this is more than a copy in the making.
		theirs = a.sizeNow()
		return a, size > theirs && a.lines.at == theirs
	}
	return nil, false
}

// candidates are the files that may begin with these bytes, found without a look at each of a large directory.
func (t *Tailer) candidates(head []byte) []*file {
	if len(head) < evidence {
		return t.order
	}
	if t.byStart == nil {
		t.byStart = map[uint64][]*file{}
		for _, f := range t.order {
			t.index(f)
		}
	}
	return append(slices.Clone(t.byStart[0]), t.byStart[startOf(head)]...)
}

// index lets candidates find a file. Those of which too little is known are found with any beginning.
func (t *Tailer) index(f *file) {
	if t.byStart == nil || f.mode != modeRead {
		return
	}
	key := f.startHash()
	t.byStart[key] = append(t.byStart[key], f)
}

// mayBeOf reports whether a file of some size is enough to take this one for its copy: short ones are alike by chance, but for an archive
// of the same log.
func (f *file) mayBeOf(a *file, size int64) bool {
	return size >= evidence || f.archive != nil && size > 0 && sameFamily(f.path, a.path)
}

// alike compares the beginnings of two files as far as both are known.
func alike(a, b []byte) bool {
	n := min(len(a), len(b))
	return bytes.Equal(a[:n], b[:n])
}

// sameBefore compares the first and the last bytes that two files have before an offset.
func sameBefore(f, a *file, offset int64) bool {
	ours, theirs := a.src.scratch(), f.src.scratch()
	defer a.src.heads.Put(ours)
	defer f.src.heads.Put(theirs)
	head, err := readHead(a.text, ours)
	if err != nil {
		return false
	}
	own, err := readHead(f.text, theirs)
	if err != nil || !alike(head[:min(int64(len(head)), offset)], own) {
		return false
	}
	mine, err := readBefore(f.text, offset, compareSize)
	if err != nil {
		return false
	}
	other, err := readBefore(a.text, offset, compareSize)
	return err == nil && bytes.Equal(mine, other)
}

// sizeNow is the size of the file, 0 if it can't be told.
func (f *file) sizeNow() int64 {
	size, err := f.text.size()
	if err != nil {
		return 0
	}
	return size
}

// resume goes on at a known position, which is then this file's.
func (t *Tailer) resume(f *file, p *entry, head []byte) {
	t.known.remove(p)
	f.took = p
	t.begin(f, p.Offset, head)
	if len(p.State) == 0 {
		return
	}
	if err := f.decoder().Restore(p.State); err != nil {
		t.opts.Logger.Warn("decoder starts without its state", "path", f.path, "offset", p.Offset, "error", err)
	} else if f.parks(p.State) {
		f.giveAway(p.State)
	}
}

// begin starts reading at an offset. Where that is in the middle of a line, the rest of the line is passed over.
func (t *Tailer) begin(f *file, offset int64, head []byte) {
	mark, err := readBefore(f.text, offset, markSize)
	if err != nil {
		f.problem = err
		return
	}
	f.begin(offset, mark, head)
	t.index(f)
	f.lines.drop = offset > 0 && mark[len(mark)-1] != '\n'
	t.opts.Logger.Debug("reading file", "path", f.path, "offset", offset)
}

// sayLost tells of the files that were replaced or cut while nobody looked and whose old content is nowhere to be found.
func (t *Tailer) sayLost() {
	newest := map[string]*entry{}
	for _, all := range t.known.byKey {
		for _, p := range all {
			if p.isArchive() || p.HeadSize == 0 { // nothing of it is open
				continue
			}
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
