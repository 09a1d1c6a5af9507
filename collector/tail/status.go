package tail

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// SourceStatus is what the tailer sees of one source now.
type SourceStatus struct {
	Source   string
	Files    int   // that are followed
	LagBytes int64 // that are in the files and not read yet
	Errors   []PathError
}

// PathError is what is wrong with one path. It goes away by itself once the path can be read.
type PathError struct {
	Path string
	Err  error
}

type problemKey struct{ source, path string }

// statusBoard is where the reading goroutine leaves what Status tells.
type statusBoard struct {
	problems map[problemKey]error  // as the last scan found them; only the reading goroutine uses it
	logged   map[problemKey]string // what was said already; only the reading goroutine uses it

	mu     sync.Mutex // protects the three below
	names  []string   // of the sources
	files  []followed
	errors map[problemKey]error
}

// followed is one file as the status needs it.
type followed struct {
	path     string
	key      fileKey
	consumed *atomic.Int64
	source   int32 // which of the names
	gone     bool
}

// Status tells of every source, in the order of the options. It measures the files now, so that the lag is right even while
// reading waits for the sink. It is safe for concurrent use.
func (t *Tailer) Status() []SourceStatus {
	t.status.mu.Lock()
	names, files, problems := t.status.names, t.status.files, t.status.errors
	t.status.mu.Unlock()
	all := make([]SourceStatus, len(names))
	for i, name := range names {
		all[i].Source = name
	}
	for i := range files {
		s := &all[files[i].source]
		s.Files++
		s.LagBytes += files[i].lag()
	}
	index := indexOf(names)
	for key, err := range problems {
		s := &all[index[key.source]]
		s.Errors = append(s.Errors, PathError{key.path, err})
	}
	for i := range all {
		slices.SortFunc(all[i].Errors, func(a, b PathError) int { return cmp.Compare(a.Path, b.Path) })
	}
	return all
}

func (f *followed) lag() int64 {
	if f.gone {
		return 0
	}
	s, err := stat(f.path)
	if err != nil || s.key != f.key {
		return 0
	}
	return max(0, s.size-f.consumed.Load())
}

// publish leaves the state for Status and says what has changed in what is wrong.
func (t *Tailer) publish() {
	names := t.names()
	files := t.read(indexOf(names))
	problems := maps.Clone(t.status.problems)
	for _, f := range t.order {
		if f.problem != nil {
			problems[problemKey{f.src.Name, f.path}] = f.problem
		}
	}
	t.say(problems)
	t.status.mu.Lock()
	defer t.status.mu.Unlock()
	t.status.names, t.status.files, t.status.errors = names, files, problems
}

// read lists the files that are, by the numbers of the sources' names. Mostly that is what was published last, which somebody may be reading.
func (t *Tailer) read(numbers map[string]int32) []followed {
	last, n := t.status.files, 0 // nobody else sets them
	var files []followed
	for _, f := range t.order {
		if f.mode != modeRead {
			continue
		}
		now := followed{f.path, f.key, f.offset, numbers[f.src.Name], !f.gone.IsZero()}
		if files == nil && (n >= len(last) || last[n] != now) {
			files = append(make([]followed, 0, len(t.order)), last[:n]...)
		}
		if files != nil {
			files = append(files, now)
		}
		n++
	}
	if files == nil {
		return last[:n]
	}
	return files
}

// indexOf returns where each name is.
func indexOf(names []string) map[string]int32 {
	numbers := make(map[string]int32, len(names))
	for i, name := range names {
		numbers[name] = int32(i) //nolint:gosec // there are few sources
	}
	return numbers
}

func (t *Tailer) names() []string {
	names := make([]string, len(t.sources))
	for i, src := range t.sources {
		names[i] = src.Name
	}
	return names
}

// say logs each problem once, and once when it is over.
func (t *Tailer) say(problems map[problemKey]error) {
	logged := make(map[problemKey]string, len(problems))
	for key, err := range problems {
		logged[key] = err.Error()
		if t.status.logged[key] != logged[key] {
			t.opts.Logger.Warn("can't read", "source", key.source, "path", key.path, "error", err)
		}
	}
	for key := range t.status.logged {
		if _, still := logged[key]; !still {
			t.opts.Logger.Info("no longer in the way", "source", key.source, "path", key.path)
		}
	}
	t.status.logged = logged
}

// sayWaiting tells once that a source has no files, which is no error.
func (t *Tailer) sayWaiting(src *source, files int) {
	if files == 0 && !src.waiting {
		t.opts.Logger.Info("waiting for files", "source", src.Name)
	}
	src.waiting = files == 0
}
