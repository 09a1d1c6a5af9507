package tail

import (
	"fmt"
	"slices"
	"sync"

	"github.com/claudewatch/claudewatch/collector"
)

// maxSpares is how many decoders a source keeps that no file needs at the moment, and leastSpares how many there must be for a file to get
// that of another one: so a few files that grow by turns keep what was learned of each.
const (
	maxSpares   = 32
	leastSpares = maxSpares / 2
)

const (
	// maxOwners is how many files of a source keep a decoder that remembers something, as the request whose answer may come. Others give
	// theirs away and remember what it would be given after a restart, and are looked at a little more rarely.
	maxOwners = 32
	maxParked = 4 << 10 // bytes of a state that is worth that
)

// spares are decoders that hold nothing back, so that any file of their source may use them: of many files few grow at a time, and what a
// decoder has learned of one file's lines mostly holds for the others. The zero value is ready.
type spares struct {
	mu   sync.Mutex // protects list
	list []spare    // what was put first first
}

type spare struct {
	dec collector.Decoder
	key fileKey // of the file that used it last
}

// put keeps a decoder, in the place of the one that was put first where there are too many.
func (s *spares) put(dec collector.Decoder, key fileKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == maxSpares {
		s.list = slices.Delete(s.list, 0, 1)
	}
	s.list = append(s.list, spare{dec, key})
}

// get returns the decoder that the file used last, else the one that was put first, as new; nil where there are too few.
func (s *spares) get(key fileKey) collector.Decoder {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.list, func(p spare) bool { return p.key == key })
	if i < 0 && len(s.list) < leastSpares {
		return nil
	}
	i = max(0, i)
	dec := s.list[i].dec
	s.list = slices.Delete(s.list, i, i+1)
	if dec.Restore(nil) != nil {
		return nil
	}
	return dec
}

// drop forgets them all: decoders are made in another way from now on.
func (s *spares) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = nil
}

// decoder makes the file's decoder when it is needed first: most files of a large directory never grow again.
func (f *file) decoder() collector.Decoder {
	if f.dec != nil {
		return f.dec
	}
	f.src.owners.Add(1)
	if f.dec = f.src.spares.get(f.key); f.dec == nil {
		f.dec = f.src.NewDecoder()
	}
	if state := f.parked; state != nil {
		f.parked = nil
		if err := f.dec.Restore([]byte(*state)); err != nil { // a decoder that can't read what it wrote
			f.problem = fmt.Errorf("decoder goes on without its state: %w", err)
		}
	}
	return f.dec
}

// park gives the decoder back when it holds nothing that must not be lost, or when many files have one and what it holds is little.
func (f *file) park() {
	if f.dec == nil || f.stale {
		return
	}
	if offset, state := f.resume(); offset == f.consumed() && f.parks(state) {
		f.giveAway(state)
	}
}

func (f *file) parks(state []byte) bool {
	return len(state) == 0 || len(state) <= maxParked && f.src.owners.Load() > maxOwners
}

// giveAway gives the decoder back and keeps its state.
func (f *file) giveAway(state []byte) {
	if len(state) > 0 {
		kept := string(state)
		f.parked = &kept
	}
	f.src.spares.put(f.dec, f.key)
	f.src.owners.Add(-1)
	f.dec, f.decoded = nil, false
}
