package tail

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	errDirectory  = errors.New("is a directory, not a file")
	errNotRegular = errors.New("is not a regular file")
)

// sighting is one file that a glob found.
type sighting struct {
	src  *source
	path string
	state
}

// found is what a scan came upon.
type found struct {
	files   []sighting       // that are not open, and archives
	renamed map[*file]string // names of open files that had others
	dirs    map[string]bool  // with files
}

// firstScanDone comes when all files that were there at the start are known.
func (t *Tailer) firstScanDone(now time.Time) {
	t.started, t.begun = true, now
	t.orphans = t.known.withState()
	t.sayLost()
	some := &entry{} // that a file took one up is all that is asked of it from now on
	for _, f := range t.order {
		if f.archive == nil && f.took != nil {
			f.took = some
		}
	}
}

// scan brings the open files in line with what the globs find: names change, files come, files lose their last name.
func (t *Tailer) scan(now time.Time) {
	t.scanned = now
	found := t.find()
	holders := t.rename(&found, now)
	var fresh []*file
	for _, s := range found.files {
		if f := t.files[s.key]; f != nil {
			t.stir(f, s, now)
		} else if f := t.add(s, now); f != nil {
			f.holder = holders[s.path]
			f.follow(f.holder)
			fresh = append(fresh, f)
		}
	}
	for _, src := range t.sources {
		src.fresh = false
	}
	t.queue(fresh)
	// What the store knows by inode comes first: only then is it clear which contents are new.
	for _, f := range fresh {
		t.recall(f)
	}
	t.classifyAll(now)
	if !t.started {
		t.firstScanDone(now)
	}
	t.flushOrphans(now)
	t.known.expire(now)
	t.watchFor(found.dirs)
	t.publish()
}

// find reads the globs. A file with several names or in several globs is found once. Of open files only what has changed is noted: there
// may be ten thousands.
func (t *Tailer) find() found {
	t.status.problems = map[problemKey]error{}
	t.scans++
	all := found{renamed: map[*file]string{}, dirs: map[string]bool{}}
	fresh := map[fileKey]bool{}
	for _, src := range t.sources {
		n := 0
		for _, glob := range src.Globs {
			for _, path := range t.match(src, glob) {
				s, err := t.look(src, path, path == glob)
				if err != nil {
					t.status.problems[problemKey{src.Name, path}] = err
				}
				if s.key == (fileKey{}) {
					continue
				}
				n++
				all.dirs[filepath.Dir(path)] = true
				if f := t.files[s.key]; f != nil {
					t.sight(f, s, &all)
				} else if !fresh[s.key] {
					fresh[s.key] = true
					all.files = append(all.files, s)
				}
			}
		}
		t.sayWaiting(src, n)
	}
	slices.SortStableFunc(all.files, func(a, b sighting) int {
		return cmp.Or(a.mod.Compare(b.mod), strings.Compare(b.path, a.path)) // app.log.2 before app.log.1 before app.log
	})
	return all
}

// sight notes that an open file was found. Of several names it keeps the one that it had, else the first one is its new one.
func (t *Tailer) sight(f *file, s sighting, all *found) {
	first := f.sighted != t.scans
	f.sighted = t.scans
	if first && f.archive != nil {
		all.files = append(all.files, s)
	}
	switch {
	case f.path == s.path:
		delete(all.renamed, f)
	case first:
		all.renamed[f] = s.path
	}
}

// match expands a glob. A pattern without wildcards is returned as it is, so that what is wrong with that file can be told.
func (t *Tailer) match(src *source, glob string) []string {
	if !strings.ContainsAny(glob, `*?[\`) {
		return []string{glob}
	}
	paths, err := filepath.Glob(glob)
	if err != nil {
		t.status.problems[problemKey{src.Name, glob}] = err
	}
	return paths
}

// look tells what is at a path. A zero key means that there is nothing to follow; the error says why if that is worth saying.
func (t *Tailer) look(src *source, path string, literal bool) (sighting, error) {
	s, err := stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sighting{}, nil
	case err != nil:
		return sighting{}, err
	case s.kind == syscall.S_IFDIR && literal:
		return sighting{}, errDirectory
	case s.kind == syscall.S_IFDIR:
		return sighting{}, nil
	case s.kind != syscall.S_IFREG:
		return sighting{}, errNotRegular
	}
	return sighting{src, path, s}, nil
}

// rename notes under which names the open files are found now, and which are found no more. It returns who had the names of the others
// before.
func (t *Tailer) rename(all *found, now time.Time) map[string]*file {
	holders := make(map[string]*file, len(all.files))
	for _, s := range all.files {
		holders[s.path] = nil
	}
	for _, f := range t.order {
		if _, ok := holders[f.path]; ok {
			holders[f.path] = f
		}
		switch name, ok := all.renamed[f]; {
		case ok:
			f.path, f.gone = name, 0
		case f.sighted == t.scans: // it keeps its text of the name, as the open file does
			f.gone = 0
		case f.gone.IsZero():
			f.gone = instantOf(now)
		}
	}
	return holders
}

// add opens a file that was found for the first time.
func (t *Tailer) add(s sighting, now time.Time) *file {
	fd, err := t.open(s.path)
	if err == nil {
		err = sameFile(fd, s.path, s.key)
	}
	if err != nil {
		if fd != nil {
			fd.Close() //nolint:errcheck // it was not even read
		}
		t.status.problems[problemKey{s.src.Name, s.path}] = err
		return nil
	}
	f := &file{
		src: s.src, key: s.key, path: s.path, text: fd, lines: splitter{max: t.opts.MaxLine},
		fromEnd: s.src.FromEnd && !s.src.seen && s.src.fresh && s.size > 0, grewAt: instantOf(now), offset: new(atomic.Int64),
	}
	t.files[f.key] = f
	t.order = append(t.order, f)
	return f
}

func sameFile(fd *plain, path string, key fileKey) error {
	s, err := fd.stat()
	if err == nil && s.key != key {
		err = fmt.Errorf("open %s: it was replaced meanwhile", path)
	}
	return err
}

// forget takes a file that is done out of everything.
func (t *Tailer) forget(gone *file) {
	delete(t.files, gone.key)
	t.order = slices.DeleteFunc(t.order, func(f *file) bool { return f == gone })
	for _, f := range t.order {
		if f.after == gone {
			f.after = gone.after
		}
		if f.holder == gone {
			f.holder = nil
		}
	}
}

// moved reports whether a file that was active lately has lost its name, so that a rotation is seen at once. The quiet ones can
// wait for the next scan.
func (t *Tailer) moved(now time.Time) bool {
	for _, f := range t.order {
		if !f.gone.IsZero() || now.Sub(f.grewAt.time()) > activeFor {
			continue
		}
		if s, err := stat(f.path); err != nil || s.key != f.key {
			return true
		}
	}
	return false
}
