package tail

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
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
	key  fileKey
	size int64
	mod  time.Time
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
	holders := t.rename(found, now)
	var fresh []*file
	for _, s := range found {
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
	t.watchFor(found)
	t.publish()
}

// find reads the globs. A file with several names or in several globs is found once.
func (t *Tailer) find() []sighting {
	t.status.problems = map[problemKey]error{}
	byKey := make(map[fileKey]bool, len(t.order))
	found := make([]sighting, 0, len(t.order))
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
				if f := t.files[s.key]; !byKey[s.key] || f != nil && f.path == path {
					found = append(found, s)
				}
				byKey[s.key] = true
			}
		}
		t.sayWaiting(src, n)
	}
	slices.SortStableFunc(found, func(a, b sighting) int {
		return cmp.Or(a.mod.Compare(b.mod), strings.Compare(b.path, a.path)) // app.log.2 before app.log.1 before app.log
	})
	return found
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
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sighting{}, nil
	case err != nil:
		return sighting{}, err
	case info.IsDir() && literal:
		return sighting{}, errDirectory
	case info.IsDir():
		return sighting{}, nil
	case !info.Mode().IsRegular():
		return sighting{}, errNotRegular
	}
	key, err := keyOf(info)
	return sighting{src, path, key, info.Size(), info.ModTime()}, err
}

// rename notes under which names the open files are found now, and which are found no more. It returns who had which name
// before.
func (t *Tailer) rename(found []sighting, now time.Time) map[string]*file {
	holders := make(map[string]*file, len(t.order))
	for _, f := range t.order {
		holders[f.path] = f
	}
	names := make(map[fileKey]string, len(found))
	for _, s := range found {
		if f := t.files[s.key]; names[s.key] == "" || f != nil && f.path == s.path {
			names[s.key] = s.path
		}
	}
	for _, f := range t.order {
		switch name, ok := names[f.key]; {
		case ok && f.path == name: // it keeps its text of the name, as the open file does
			f.gone = 0
		case ok:
			f.path, f.gone = name, 0
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
		err = sameFile(fd, s)
	}
	if err != nil {
		if fd != nil {
			fd.Close() //nolint:errcheck // it was not even read
		}
		t.status.problems[problemKey{s.src.Name, s.path}] = err
		return nil
	}
	f := &file{
		src: s.src, key: s.key, path: s.path, text: plain{fd}, lines: splitter{max: t.opts.MaxLine},
		fromEnd: s.src.FromEnd && !s.src.seen && s.src.fresh && s.size > 0, grewAt: instantOf(now), offset: new(atomic.Int64),
	}
	t.files[f.key] = f
	t.order = append(t.order, f)
	return f
}

func sameFile(fd *os.File, s sighting) error {
	info, err := fd.Stat()
	if err != nil {
		return err
	}
	if key, err := keyOf(info); err != nil || key != s.key {
		return fmt.Errorf("open %s: it was replaced meanwhile", s.path)
	}
	return nil
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
		info, err := os.Stat(f.path)
		if err != nil {
			return true
		}
		if key, err := keyOf(info); err != nil || key != f.key {
			return true
		}
	}
	return false
}
