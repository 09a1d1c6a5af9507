package tail

import (
	"io"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// known are the positions of contents that no open file stands for: those of the store until their files are found, those of
// files that are done, and those of contents that were cut away and may turn up as a copy.
type known struct {
	byKey  map[fileKey][]*entry
	byHead map[int64]map[string][]*entry // by the size of the head, then by its hash
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
	k := &known{byKey: map[fileKey][]*entry{}, byHead: map[int64]map[string][]*entry{}}
	for _, p := range positions {
		k.put(entry{Position: p, checkAt: p.Offset})
	}
	return k
}

func (k *known) put(p entry) *entry {
	key := fileKey{p.Device, p.Inode}
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
	key := fileKey{p.Device, p.Inode}
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
	return slices.Contains(k.byKey[fileKey{p.Device, p.Inode}], p)
}

// exact finds the position of a file by what the file system calls it, the furthest one that its content bears out.
func (k *known) exact(key fileKey, r io.ReaderAt, head []byte) *entry {
	return furthest(k.byKey[key], r, head)
}

// content finds the position of a file by what is in it, for one that was copied or whose device has another number now.
// isCopy says that it is known to be a copy of something, so that little evidence is enough.
func (k *known) content(r io.ReaderAt, head []byte, isCopy bool) *entry {
	var found []*entry
	for size, heads := range k.byHead {
		if size > 0 && size <= int64(len(head)) {
			for _, p := range heads[string(hash(head[:size]))] {
				if isCopy || p.checkAt >= evidence {
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
