package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/claudewatch/claudewatch/claude"
)

// The readings of a call in one: what they have in common with those of other calls is their shape, which has a name of its own, and only
// numbers follow. Tags of calls that were stored one reading at a time are read as before.
const (
	tagReadings = tagReading | 0x40
	sameReset   = 0x01 // one reset is that of all readings which have one

	// maxShape is how many readings a shape has at most, and maxShapes how many shapes are held in memory.
	maxShape  = 16
	maxShapes = 1000
	// A shape's text has as many parts for each reading.
	shapeParts = 4
)

// readingShape is what stays the same of a reading from call to call. Limits hardly ever change, so they are part of it.
type readingShape struct {
	limiter claude.Limiter
	status  string
	limit   int64
	has     byte // hasLimit and so on
}

// shapeOf returns a reading's shape and its utilization in 1e-6, which is 0 where that is unknown or not exact.
func shapeOf(r *claude.Reading) (s readingShape, used int64) {
	limit, limited := r.Limit.Get()
	s = readingShape{r.Limiter, r.Status, limit, hasLimit*bit(limited) | hasRemaining*bit(r.Remaining.Known()) | hasReset*bit(!r.Reset.IsZero())}
	if r.Utilization.Known() {
		var kind byte
		used, _, kind = scaled(r.Utilization, 1e6)
		s.has |= hasUtilization*bit(kind == packedInt) | hasUtilizationRaw*bit(kind == packedFloat)
	}
	return s, used
}

// shapeMemo remembers the names of shapes.
type shapeMemo [64]namedShape

type namedShape struct {
	shape []readingShape
	id    int64
}

// of makes the shape that of some readings, and gives it its name.
func (n *namedShape) of(all []claude.Reading, join func(...string) int64) {
	parts := make([]string, 0, shapeParts*len(all))
	n.shape = make([]readingShape, len(all))
	for i := range all {
		s, _ := shapeOf(&all[i])
		parts = append(parts, string(s.limiter), s.status, strconv.FormatInt(s.limit, 10), strconv.Itoa(int(s.has)))
		n.shape[i] = s
	}
	n.id = join(parts...)
}

// shapes are those that names stand for. What a name was found to hold is remembered.
type shapes struct {
	mu  sync.Mutex // protects all
	all map[int64][]readingShape
}

func (s *shapes) get(id int64, name func(int64) (string, error)) ([]readingShape, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if shape, ok := s.all[id]; ok {
		return shape, nil
	}
	text, err := name(id)
	if err != nil {
		return nil, err
	}
	shape, err := parseShape(text)
	if err != nil {
		return nil, err
	}
	if s.all == nil || len(s.all) >= maxShapes {
		s.all = map[int64][]readingShape{}
	}
	s.all[id] = shape
	return shape, nil
}

func parseShape(text string) ([]readingShape, error) {
	parts := strings.Split(text, "\x00")
	if len(parts)%shapeParts != 0 {
		return nil, fmt.Errorf("%w: readings %q", errDetail, text)
	}
	shape := make([]readingShape, 0, len(parts)/shapeParts)
	for p := range slices.Chunk(parts, shapeParts) {
		limit, err := strconv.ParseInt(p[2], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: limit %q", errDetail, p[2])
		}
		has, err := strconv.ParseUint(p[3], 10, 7)
		if err != nil {
			return nil, fmt.Errorf("%w: reading with %q", errDetail, p[3])
		}
		shape = append(shape, readingShape{claude.Limiter(p[0]), p[1], limit, byte(has)})
	}
	return shape, nil
}
