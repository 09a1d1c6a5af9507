package decode

import (
	"bytes"
	"math"
)

// setStatus keeps the HTTP status that stands nearest to the response. Texts (ok, success) and 0 say nothing.
func (r *record) setStatus(s scalar, fr *frame) {
	rank := rankStatus
	switch {
	case fr.request:
		rank = 1
	case fr.hasHeaders || fr.headerSeen || bytes.HasSuffix(fr.typ.raw, []byte("_error")):
		rank = rankResponse
	}
	n, ok := statusOf(s)
	switch {
	case !ok || n == 0 || rank <= r.statusR:
	case n < 100 || n > 599:
		if r.badStatus == 0 && (fr.depth == 0 || rank == rankResponse) {
			r.badStatus = n
		}
	default:
		r.statusR, r.call.Status = rank, n
		r.took(partStatus, s.raw)
	}
}

// statusOf reads 429, "429" and "429 Too Many Requests".
func statusOf(s scalar) (int, bool) {
	if s.kind == kindString {
		code, _, _ := bytes.Cut(s.raw, []byte{' '})
		s.raw = code
	}
	n, ok := s.number()
	if !ok || n != math.Trunc(n) || math.Abs(n) > 1e6 {
		return 0, false
	}
	return int(n), true
}
