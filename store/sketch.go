package store

import (
	"errors"
	"fmt"

	"github.com/DataDog/sketches-go/ddsketch/encoding"
	"github.com/DataDog/sketches-go/ddsketch/mapping"

	"github.com/claudewatch/claudewatch/claude"
)

// How exact a sketch is, and the durations in seconds that it tells apart; others count as the nearest of these.
const (
	sketchError = 0.02
	sketchLeast = 1e-6
	sketchMost  = 1e6
)

// sketchBins says in which bin a duration counts: each is 4 % wide, so its middle is within 2 % of all that is in it.
var sketchBins, _ = mapping.NewLogarithmicMapping(sketchError) // an error would be that of an accuracy outside of 0 to 1

var (
	firstBin = binOf(sketchLeast)
	lastBin  = binOf(sketchMost)
)

// errSketch says that a stored sketch is cut or of a kind that this program does not write.
var errSketch = errors.New("broken sketch")

// binOf returns the bin of a duration in seconds.
func binOf(seconds float64) int {
	if !(seconds > sketchLeast) { // or no number at all
		seconds = sketchLeast
	}
	return sketchBins.Index(min(seconds, sketchMost))
}

// sketch tells how long calls took: how many of them in each bin of a DDSketch. What was added can be taken out again, and sketches of
// parts add up to that of the whole, exactly.
type sketch struct {
	first  int // the bin of counts[0]
	counts []int64
}

// reset empties the sketch and keeps its memory.
func (s *sketch) reset() { s.counts = s.counts[:0] }

// add counts one duration in seconds.
func (s *sketch) add(seconds float64) { s.count(binOf(seconds), 1) }

// count adds to a bin, or takes from it.
func (s *sketch) count(bin int, n int64) {
	if i := bin - s.first; i >= 0 && i < len(s.counts) {
		s.counts[i] += n
		return
	}
	s.reach(bin)
	s.counts[bin-s.first] += n
}

// reach makes room for a bin.
func (s *sketch) reach(bin int) {
	if len(s.counts) == 0 {
		s.first = bin
	}
	if before := s.first - bin; before > 0 {
		had := len(s.counts)
		s.grow(before)
		copy(s.counts[before:], s.counts[:had])
		clear(s.counts[:before])
		s.first = bin
	}
	if more := bin - s.first + 1 - len(s.counts); more > 0 {
		s.grow(more)
	}
}

func (s *sketch) grow(n int) {
	had := len(s.counts)
	for range n {
		s.counts = append(s.counts, 0)
	}
	clear(s.counts[had:])
}

// merge adds all that is in another sketch.
func (s *sketch) merge(o *sketch) {
	for i, n := range o.counts {
		if n != 0 {
			s.count(o.first+i, n)
		}
	}
}

// quantile returns the duration in seconds that a part of the calls, 0 to 1, did not exceed, within 2 %; unknown for an empty sketch.
func (s *sketch) quantile(part float64) claude.Opt[float64] {
	var all, seen int64
	for _, n := range s.counts {
		all += max(n, 0)
	}
	rank := part * float64(all-1)
	for i, n := range s.counts {
		if seen += max(n, 0); n > 0 && float64(seen) > rank {
			return claude.Some(sketchBins.Value(s.first + i))
		}
	}
	return claude.Opt[float64]{}
}

// encode appends the sketch as DDSketch writes one that leaves out its mapping; nothing for an empty one. A bin of less than nothing,
// after a call was taken out that had been counted before there were sketches, is left out.
func (s *sketch) encode(b []byte) []byte {
	bins, single := uint64(0), true
	for _, n := range s.counts {
		if n > 0 {
			bins++
			single = single && n == 1
		}
	}
	if bins == 0 {
		return b
	}
	kind := encoding.BinEncodingIndexDeltasAndCounts
	if single {
		kind = encoding.BinEncodingIndexDeltas
	}
	encoding.EncodeFlag(&b, encoding.NewFlag(encoding.FlagTypePositiveStore, kind))
	encoding.EncodeUvarint64(&b, bins)
	last := 0
	for i, n := range s.counts {
		if n <= 0 {
			continue
		}
		encoding.EncodeVarint64(&b, int64(s.first+i-last))
		last = s.first + i
		if !single {
			encoding.EncodeVarfloat64(&b, float64(n))
		}
	}
	return b
}

// appendBins appends some durations to an encoded sketch, which then has one part more. That spares reading and writing all of it.
func appendBins(b []byte, bins []int) []byte {
	encoding.EncodeFlag(&b, encoding.NewFlag(encoding.FlagTypePositiveStore, encoding.BinEncodingIndexDeltas))
	encoding.EncodeUvarint64(&b, uint64(len(bins)))
	last := 0
	for _, bin := range bins {
		encoding.EncodeVarint64(&b, int64(bin-last))
		last = bin
	}
	return b
}

// addStored adds an encoded sketch, all parts of it.
func (s *sketch) addStored(b []byte) error {
	for len(b) > 0 {
		if err := s.addPart(&b); err != nil {
			return err
		}
	}
	return nil
}

func (s *sketch) addPart(b *[]byte) error {
	flag, err := encoding.DecodeFlag(b)
	if err != nil {
		return err
	}
	kind := flag.SubFlag()
	if flag.Type() != encoding.FlagTypePositiveStore || kind != encoding.BinEncodingIndexDeltas && kind != encoding.BinEncodingIndexDeltasAndCounts {
		return fmt.Errorf("%w: kind %v", errSketch, flag)
	}
	bins, err := encoding.DecodeUvarint64(b)
	if err != nil {
		return fmt.Errorf("%w: %w", errSketch, err)
	}
	for bin := 0; bins > 0; bins-- {
		step, n := int64(0), 1.0
		if step, err = encoding.DecodeVarint64(b); err == nil && kind == encoding.BinEncodingIndexDeltasAndCounts {
			n, err = encoding.DecodeVarfloat64(b)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errSketch, err)
		}
		if bin += int(step); bin < firstBin || bin > lastBin {
			return fmt.Errorf("%w: bin %d", errSketch, bin)
		}
		s.count(bin, int64(n))
	}
	return nil
}
