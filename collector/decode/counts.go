package decode

import (
	"bytes"
	"math"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// maxCount is the largest count that is believed.
const maxCount = 1e9

// count takes a count of tokens or requests: below a usage object, or spilled among the fields of one object.
func (r *record) count(fr *frame, f field, s scalar) {
	if !fr.usage {
		if r.usageR >= rankUsage {
			r.took(partNone, s.raw)
			return
		}
		depth := fr.depth + 1
		if fr.spilled {
			depth--
		}
		if r.flat == 0 {
			r.flat = depth
		} else if r.flat != depth {
			r.took(partNone, s.raw)
			return
		}
		r.usageR = rankFlat
	}
	fr.hasUsage = true
	if n, ok := digits(s.raw); ok && n <= maxCount && s.kind != kindBool { // nearly always
		p := f.countPart()
		*countOf(&r.call, p) = claude.Some(n)
		r.took(p, s.raw)
		return
	}
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
	case n < 0 || n > maxCount:
		r.fail(reject(RejectedValue, "usage.%s %g: out of range 0 to 1e9", name, n))
	default:
		p := f.countPart()
		*countOf(&r.call, p) = claude.Some(int64(n))
		r.took(p, s.raw)
	}
}

// shortCount takes the counts of a usage object whose names are as short as Langfuse's and LangChain's, whose input includes the cache.
func (r *record) shortCount(fr *frame, f field, s scalar) {
	switch string(f.key) {
	case "cache_read", "cache_creation":
		r.inclusive = true
		r.count(fr, field{key: append(slices.Clip(f.key), "_tokens"...), role: roleCount}, s)
	case "input":
		r.count(fr, field{key: []byte("input_tokens"), role: roleCount}, s)
	case "output":
		r.count(fr, field{key: []byte("output_tokens"), role: roleCount}, s)
	}
}

// foreignCount notes the counts of another API. A gateway in between uses them for Claude, too.
func (r *record) foreignCount(f field, s scalar) {
	r.foreign = true
	n, ok := s.number()
	if !ok || n < 0 || n > maxCount || n != math.Trunc(n) {
		return
	}
	switch {
	case (bytes.HasPrefix(f.key, []byte("prompt")) || genAI(f.key)) && !r.prompt.Known():
		r.prompt = claude.Some(int64(n))
	case bytes.HasPrefix(f.key, []byte("completion")) && !r.generated.Known():
		r.generated = claude.Some(int64(n))
	}
}
