package decode

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// maxCount is the largest count that is believed.
const maxCount = 1e9

// count takes a count of tokens or requests: below a usage object, or spilled among the fields of one object.
func (r *record) count(fr *frame, f field, s scalar) {
	if r.beside(fr, f, s) {
		return
	}
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
		r.inclusive = r.inclusive || fr.included
		r.count(fr, field{key: append(slices.Clip(f.key), "_tokens"...), role: roleCount}, s)
	case "cacheRead", "cached":
		r.count(fr, field{key: []byte("cache_read_tokens"), role: roleCount}, s)
	case "read", "write": // of an object named cache
		if fr.cache {
			r.count(fr, field{key: append([]byte("cache_"), append(slices.Clip(f.key), "_tokens"...)...), role: roleCount}, s)
		}
	case "cacheWrite", "cacheCreation", "cache_write":
		r.count(fr, field{key: []byte("cache_creation_tokens"), role: roleCount}, s)
	case "prompt", "completion":
		r.tokenCount(fr, f, s)
	case "input", "in":
		r.count(fr, field{key: []byte("input_tokens"), role: roleCount}, s)
	case "output", "out":
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
	last := f.key[bytes.LastIndexByte(f.key, '.')+1:]
	switch key := strings.ToLower(string(last)); {
	case genAI(f.key), strings.Contains(key, "prompt"), key == "native_tokens_prompt", key == "req_units":
		if !r.prompt.Known() {
			r.prompt = claude.Some(int64(n))
		}
		r.exclusive = r.exclusive || key == "prompttokens" // as SDKs of many providers spell what the API said
	case strings.Contains(key, "completion"), key == "native_tokens_completion", key == "res_units":
		if !r.generated.Known() {
			r.generated = claude.Some(int64(n))
		}
	case strings.HasPrefix(key, "total"):
		r.more().total = claude.Some(int64(n))
	}
}

// tokenCount takes a count whose name is as short as OpenInference's: llm.token_count.prompt_details.cache_read.
func (r *record) tokenCount(fr *frame, f field, s scalar) {
	switch string(f.key[bytes.LastIndexByte(f.key, '.')+1:]) {
	case "prompt":
		r.foreignCount(field{key: []byte("prompt_tokens")}, s)
	case "completion":
		r.foreignCount(field{key: []byte("completion_tokens")}, s)
	case "cache_read":
		r.count(fr, field{key: []byte("cache_read_tokens"), role: roleCount}, s)
	case "cache_write":
		r.count(fr, field{key: []byte("cache_creation_tokens"), role: roleCount}, s)
	}
}

// beside takes the counts of the cache that stand beside a usage object which may lack them, and may not be the API's own: what the
// provider said as an SDK hands it on, and what OpenAI's form says of the cache.
func (r *record) beside(fr *frame, f field, s scalar) bool {
	key := string(f.key[bytes.LastIndexByte(f.key, '.')+1:])
	cached := key == "cached_tokens" || key == "cachedTokens" || key == "native_tokens_cached"
	if !cached && (!fr.own || fr.usage) {
		r.exclusive = r.exclusive || key == "prompt_cache_read_tokens" || key == "prompt_cache_write_tokens" // Helicone's
		r.wrote = r.wrote || key == "cache_write_input_tokens"
		return false
	}
	n, ok := digits(s.raw)
	if !ok || n > maxCount || s.kind == kindBool {
		return cached
	}
	switch p := f.countPart(); {
	case p == partCacheRead && !r.few().besideRead.Known():
		r.more().besideRead = claude.Some(n)
	case p == partCacheCreation && !r.few().besideWrite.Known():
		r.more().besideWrite = claude.Some(n)
	case p != partCacheRead && p != partCacheCreation:
		return false
	}
	r.inclusive = r.inclusive || fr.included
	fr.hasUsage = true
	return true
}
