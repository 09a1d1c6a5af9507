package tail

import (
	"context"
	"path/filepath"
	"slices"
	"time"
)

// SetSources puts other sources in force from the next round of reading on. Files that stay in a glob stay open and go on where they
// are, those that are in none any more are let go with their positions, so that a source that comes back goes on behind what was
// stored. It may be called while Run works. The error says what is wrong with a source; then the old ones stay.
func (t *Tailer) SetSources(sources []Source) error {
	o := t.opts
	o.Sources = sources
	if err := o.validate(); err != nil {
		return err
	}
	all := slices.Clone(sources)
	t.next.Store(&all)
	select {
	case t.kick <- struct{}{}:
	default: // it is awake already
	}
	return nil
}

// replace brings the files in line with other sources. What was read is handed on first: a file that belongs to another source from
// now on must not overtake itself.
func (t *Tailer) replace(ctx context.Context, now time.Time) error {
	next := t.next.Swap(nil)
	if next == nil {
		return nil
	}
	sources, changed := t.takeOver(*next)
	owners := map[*file]*source{}
	for _, f := range slices.Clone(t.order) {
		if owners[f] = ownerOf(sources, f.path); owners[f] == nil {
			t.drop(f, now)
		}
	}
	if err := t.closeDue(ctx, now, true); err != nil {
		return err
	}
	for _, f := range t.order {
		src := owners[f]
		f.stale = f.stale || src != f.src || changed[src]
		f.src = src
	}
	t.sources = sources
	t.changed.Store(true) // what is new must be looked for
	return nil
}

// takeOver makes the sources that are to be, out of those that are where they have the same name. changed are those whose decoders are
// set in another way.
func (t *Tailer) takeOver(next []Source) (sources []*source, changed map[*source]bool) {
	changed = map[*source]bool{}
	old := slices.Clone(t.sources)
	for _, s := range next {
		i := slices.IndexFunc(old, func(o *source) bool { return o.Name == s.Name })
		if i < 0 {
			sources = append(sources, &source{Source: s, seen: t.had[s.Name], fresh: true})
			t.had[s.Name] = true
			continue
		}
		src := old[i]
		old = slices.Delete(old, i, i+1)
		if changed[src] = src.Settings != s.Settings; changed[src] {
			src.spares.drop()
		}
		src.Source = s
		sources = append(sources, src)
	}
	return sources, changed
}

// ownerOf returns the first source with a glob that a path matches, nil for none.
func ownerOf(sources []*source, path string) *source {
	for _, src := range sources {
		for _, glob := range src.Globs {
			if ok, err := filepath.Match(glob, path); path == glob || ok && err == nil {
				return src
			}
		}
	}
	return nil
}

// drop lets go of a file that is in no source any more. What its decoder held back is stored, since nobody reads on; a last line
// without its line break is left for whoever does.
func (t *Tailer) drop(f *file, now time.Time) {
	if f.mode == modeRead {
		var out output
		f.flush(&out, now)
		t.put(f, &out, now)
		p := f.left(now)
		p.expires = time.Time{} // the source may come back at any time
		t.known.put(p)
	}
	if f.mode != modeDone {
		_ = f.text.Close() // it was only read
	}
	t.forget(f)
}

// renew gives a file a decoder of its source as it is set now. In the middle of a record of several lines it waits for the end.
func (t *Tailer) renew(f *file) {
	if f.dec == nil {
		f.stale = false
		return
	}
	offset, state := f.resume()
	if offset != f.consumed() {
		return
	}
	dec := f.src.NewDecoder()
	if err := dec.Restore(state); err != nil {
		t.opts.Logger.Warn("decoder starts without its state", "path", f.path, "offset", offset, "error", err)
	}
	f.dec, f.decoded, f.stale = dec, false, false
}
