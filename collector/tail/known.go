package tail

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// known are the positions of contents that no open file stands for: those of the store until their files are found, those of
// files that are done, and those of contents that were cut away and may turn up as a copy.
type known struct {
	byKey  map[fileKey][]*entry
	byHead map[int64]map[string][]*entry // by the size of the head, then by its hash
	// archives are those that were read to their end, by the ID that tells what is on disk.
	archives map[string]*entry
}

// entry is a position with the offset that its TailHash belongs to: that of the last line read, where a record that began before
// it was still open.
type entry struct {
	collector.Position
	checkAt int64
	expires time.Time // zero for what the store had
}

// keepKnown is how long a content that is gone may turn up again as a copy.
const keepKnown = 24 * time.Hour

func newKnown(positions []collector.Position) *known {
	k := &known{byKey: map[fileKey][]*entry{}, byHead: map[int64]map[string][]*entry{}, archives: map[string]*entry{}}
	for _, p := range positions {
		k.put(entry{Position: p, checkAt: p.Offset})
	}
	return k
}

// empty reports that the position covers nothing: it would send every file that begins alike back to its beginning.
func (p *entry) empty() bool { return p.checkAt == 0 && len(p.State) == 0 }

// key is what the file system called the file.
func (p *entry) key() fileKey { return fileKey{p.Device, p.Inode} }

// isArchive reports whether the position says that an archive was read to its end.
func (p *entry) isArchive() bool { return strings.HasPrefix(p.ID, "archive-") }

func (k *known) put(p entry) *entry {
	if p.isArchive() {
		p.expires = time.Time{}
		k.archives[p.ID] = &p
	}
	key := p.key()
	k.byKey[key] = append(k.byKey[key], &p)
	heads := k.byHead[p.HeadSize]
	if heads == nil {
		heads = map[string][]*entry{}
		k.byHead[p.HeadSize] = heads
	}
	heads[string(p.Head)] = append(heads[string(p.Head)], &p)
	return &p
}

func (k *known) remove(p *entry) {
	is := func(q *entry) bool { return q == p }
	key := p.key()
	if k.byKey[key] = slices.DeleteFunc(k.byKey[key], is); len(k.byKey[key]) == 0 {
		delete(k.byKey, key)
	}
	heads := k.byHead[p.HeadSize]
	if heads[string(p.Head)] = slices.DeleteFunc(heads[string(p.Head)], is); len(heads[string(p.Head)]) == 0 {
		delete(heads, string(p.Head))
	}
	if len(heads) == 0 {
		delete(k.byHead, p.HeadSize)
	}
}

// has reports whether the position is still waiting for its content.
func (k *known) has(p *entry) bool {
	return slices.Contains(k.byKey[p.key()], p)
}

// exact finds the position of a file by what the file system calls it, the furthest one that its content bears out.
func (k *known) exact(key fileKey, r io.ReaderAt, head []byte) *entry {
	return furthest(k.byKey[key], r, head)
}

// content finds the position of a file by what is in it, for one that was copied or whose device has another number now.
// enough says whether the bytes that a position covers are enough to know its content by.
func (k *known) content(r io.ReaderAt, head []byte, enough func(*entry) bool) *entry {
	var found []*entry
	for size, heads := range k.byHead {
		if size > 0 && size <= int64(len(head)) {
			for _, p := range heads[string(hash(head[:size]))] {
				if !p.empty() && enough(p) {
					found = append(found, p)
				}
			}
		}
	}
	return furthest(found, r, head)
}

func furthest(all []*entry, r io.ReaderAt, head []byte) *entry {
	var best *entry
	for _, p := range all {
		if (best == nil || p.Offset > best.Offset) && holds(r, head, p) {
			best = p
		}
	}
	return best
}

// withState returns the positions whose decoder held something back.
func (k *known) withState() []*entry {
	var all []*entry
	for _, entries := range k.byKey {
		for _, p := range entries {
			if len(p.State) > 0 {
				all = append(all, p)
			}
		}
	}
	return all
}

// expire forgets what was put long ago.
func (k *known) expire(now time.Time) {
	for _, all := range k.byKey {
		for _, p := range slices.Clone(all) {
			if !p.expires.IsZero() && now.After(p.expires) {
				k.remove(p)
			}
		}
	}
}
