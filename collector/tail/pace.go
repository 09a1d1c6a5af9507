package tail

import (
	"sync"
	"time"
)

// Looking at ten thousand files four times a second would be all that an idle agent does. Among so many only those are looked at in
// every round that grew lately or that the file system tells of; the others and the globs have their turn more rarely.
const (
	manyFiles = 1000      // of which each is looked at in every round
	pacedBy   = 4000      // so many more files add Options.Rescan to the time between two looks
	maxTold   = manyFiles // names of files that are kept of what the file system tells
)

// pace is how often quiet files and the globs are looked at.
func (t *Tailer) pace() time.Duration {
	return t.opts.Rescan * time.Duration(1+len(t.order)/pacedBy)
}

// due reports whether a file that was read to its end is looked at in this round.
func (t *Tailer) due(f *file, now time.Time, news *told) bool {
	return len(t.order) <= manyFiles || f.dec != nil || !f.gone.IsZero() || !elapsed(now, f.grewAt.time(), activeFor) ||
		elapsed(now, f.checked.time(), t.pace()) || news.of(f.path)
}

// told is what the file system told of files since it was asked last. The zero value is ready.
type told struct {
	mu    sync.Mutex // protects both
	names map[string]bool
	all   bool // of so many that it may have been any
}

// add notes that something was written under a name.
func (n *told) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all || len(n.names) == maxTold {
		n.names, n.all = nil, true
		return
	}
	if n.names == nil {
		n.names = map[string]bool{}
	}
	n.names[name] = true
}

// addAll notes that something may have been written under any name.
func (n *told) addAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.names, n.all = nil, true
}

// take returns what was told and forgets it.
func (n *told) take() *told {
	n.mu.Lock()
	defer n.mu.Unlock()
	news := &told{names: n.names, all: n.all}
	n.names, n.all = nil, false
	return news
}

// of reports whether a name was told of. It is for what take returned.
func (n *told) of(name string) bool { return n.all || n.names[name] }
