package decode

import (
	"bytes"
	"math"

	"github.com/claudewatch/claudewatch/claude"
)

// count takes a count of tokens or requests: below a usage object, or spilled among the fields of one object.
func (r *record) count(fr *frame, f field, s scalar) {
	if !fr.usage {
		if r.usageR >= rankUsage {
			return
		}
		if r.flat == 0 {
			r.flat = fr.depth + 1
		} else if r.flat != fr.depth+1 {
			return
		}
		r.usageR = rankFlat
	}
	fr.hasUsage = true
	name := f.countName()
	if s.kind == kindBool {
		r.fail(reject(RejectedValue, "usage.%s: no number", name))
		return
	}
	n, ok := s.number()
	switch {
	case !ok && s.kind == kindString && len(s.raw) < 8: // "", "-", "n/a": unknown
	case !ok:
		r.fail(reject(RejectedValue, "usage.%s: no number", name))
	case n != math.Trunc(n):
		r.fail(reject(RejectedValue, "usage.%s %g: no whole number", name, n))
	case n < 0 || n > 1e9:
		r.fail(reject(RejectedValue, "usage.%s %g: out of range 0 to 1e9", name, n))
	default:
		r.call.Usage.Set(name, int64(n))
	}
}

// foreignCount notes the counts of another API. A gateway in between uses them for Claude, too.
func (r *record) foreignCount(f field, s scalar) {
	r.foreign = true
	n, ok := s.number()
	if !ok || n < 0 || n > 1e9 || n != math.Trunc(n) {
		return
	}
	switch {
	case bytes.HasPrefix(f.key, []byte("prompt")) && !r.prompt.Known():
		r.prompt = claude.Some(int64(n))
	case bytes.HasPrefix(f.key, []byte("completion")) && !r.generated.Known():
		r.generated = claude.Some(int64(n))
	}
}
