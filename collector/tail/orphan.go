package tail

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// flushOrphans stores the calls that a decoder had held back in a file which is gone since: nothing more is expected of them. What
// can't be seen may come back, so a file that is merely out of sight is waited for.
func (t *Tailer) flushOrphans(now time.Time) {
	t.orphans = slices.DeleteFunc(t.orphans, func(p *entry) bool {
		if !t.known.has(p) {
			return true // its content was found
		}
		if !t.isGone(p, now) {
			return false
		}
		t.flushOrphan(p, now)
		return true
	})
}

// isGone reports whether the content of a position is not to be expected any more: its file holds something else, another file has
// its name, its name is gone while its directory is there, or it was not seen for a long time.
func (t *Tailer) isGone(p *entry, now time.Time) bool {
	if now.Sub(p.UpdatedAt) >= keepKnown {
		return true
	}
	if f := t.files[p.key()]; f != nil {
		return f.archive == nil && f.problem == nil
	}
	if !elapsed(now, t.begun, t.opts.RotateWait) {
		return false
	}
	for _, f := range t.order {
		if f.path == p.Path && f.gone.IsZero() {
			return f.mode == modeRead || f.mode == modeDone
		}
	}
	if _, err := os.Stat(p.Path); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	_, err := os.Stat(filepath.Dir(p.Path))
	return err == nil
}

// flushOrphan stores what was held back together with a position that says so. The content may still turn up: then it is read
// on from there.
func (t *Tailer) flushOrphan(p *entry, now time.Time) {
	src := t.sourceOf(p)
	if src == nil {
		return
	}
	dec := src.NewDecoder()
	if err := dec.Restore(p.State); err != nil {
		t.opts.Logger.Warn("calls of a file that is gone can't be restored", "path", p.Path, "offset", p.Offset, "error", err)
		return
	}
	calls := dec.Flush(now, true)
	if len(calls) == 0 {
		return
	}
	_, p.State = dec.Resume()
	p.UpdatedAt = now.UTC()
	if t.owns(p) {
		src.batch.keep(&p.Position, now)
	}
	attribute(calls, p.Path)
	t.opts.Logger.Info("file is gone; what was held back of it is stored", "path", p.Path, "calls", len(calls))
	src.batch.add(&output{calls: calls}, now, &t.slabs)
}

// owns reports whether the row of a position is still its own: a file with the same number overwrites it when it is read.
func (t *Tailer) owns(p *entry) bool {
	f := t.files[p.key()]
	return f == nil || f.consumed() == 0
}

// retire clears the row of a position that a file with another number took over, in the transaction of that file's own. Else it
// would be taken up again after a restart.
func (t *Tailer) retire(f *file, p *entry, now time.Time) {
	if p.ID == f.key.String() || p.ID != p.key().String() || !t.owns(p) {
		return
	}
	f.src.batch.keep(&collector.Position{
		ID: p.ID, Source: p.Source, Path: p.Path, Device: p.Device, Inode: p.Inode, UpdatedAt: now.UTC(),
	}, now)
}

func (t *Tailer) sourceOf(p *entry) *source {
	for _, src := range t.sources {
		if src.Name == p.Source {
			return src
		}
	}
	return nil
}

// attribute gives calls that name no source a file's path.
func attribute(calls []claude.Call, path string) {
	for i := range calls {
		if calls[i].Source == "" {
			calls[i].Source = path
		}
	}
}
