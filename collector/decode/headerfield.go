package decode

import (
	"bytes"
	"strconv"
	"time"
)

// element takes a scalar in an array: the values of one header, a pair, or names and values in turn.
func (r *record) element(fr *frame, f field, s scalar) {
	if !fr.headers || s.kind == kindBool {
		if fr.list && s.kind == kindString && len(s.raw) > 0 && s.raw[0] == '{' {
			r.many = r.many || f.index > 0
			r.odd = r.odd || r.many
			r.look(f, s)
		}
		return
	}
	switch {
	case fr.name.raw != nil && fr.value.raw == nil && f.index == 0 && len(fr.name.raw) > 0 && wantedName(fr.name):
		r.header(fr.name.raw, s)
	case s.kind == kindString && r.headerLine(s):
	case f.index%2 == 0:
		fr.value = s
	case fr.value.raw != nil:
		r.header(fr.value.raw, s)
		fr.value = scalar{}
	}
}

// headerLine takes an element that is a header as it goes over the line: its name, a colon, its value.
func (r *record) headerLine(s scalar) bool {
	name, value, ok := bytes.Cut(s.raw, []byte{':'})
	if !ok || !wantedHeader(name) {
		return false
	}
	r.header(name, scalar{kindString, bytes.TrimSpace(value)})
	return true
}

func wantedName(s scalar) bool { return wantedHeader(lastPart(s.raw)) }

// header takes a response header. Only what a header of the API says wrongly makes the line unreadable.
func (r *record) header(name []byte, s scalar) {
	if s.kind == kindNull || s.raw == nil {
		return
	}
	name, s.raw = pythonBytes(name), pythonBytes(s.raw)
	if string(name) == "request_id" {
		name = []byte("request-id")
	}
	if !wantedHeader(name) {
		if bytes.EqualFold(name, []byte("x-stainless-retry-count")) {
			r.detail(&frame{}, field{role: roleRetry}, s)
		}
		return
	}
	r.addHeader(name, s)
}

// pythonBytes takes off what Python's repr puts around bytes: b'request-id'.
func pythonBytes(b []byte) []byte {
	if n := len(b) - 1; n >= 2 && b[0] == 'b' && b[1] == '\'' && b[n] == '\'' {
		return b[2:n]
	}
	return b
}

// addHeader takes a header that means something.
func (r *record) addHeader(name []byte, s scalar) {
	isDate := len(name) == 4
	value := s.raw
	if s.kind == kindString {
		value = unescape(value)
	}
	if err := r.headers.AddBytes(name, value); err != nil && !isDate {
		r.fail(reject(RejectedValue, "%s", err.Error()))
	} else if err == nil {
		r.tookHeader(name, s.raw)
	}
	if len(name) > len("retry-after-ms") { // the API's own, not one that every server may send
		r.url = true
	}
}

func (r *record) retryAfter(fr *frame, f field, s scalar) {
	if bytes.HasSuffix(bytes.ToLower(f.key), []byte("ms")) {
		if fr.headers || bytes.IndexByte(f.key, '-') > 0 {
			r.header(f.key, s)
		} else {
			r.setSeconds(partRetryAfter, "retry_after_ms", s, 1e-3)
		}
		return
	}
	if s.kind == kindString && !fr.headers { // 12s, as Go and Rust print it
		if d, err := time.ParseDuration(s.text()); err == nil && d >= 0 {
			s, r.odd = scalar{kindNumber, strconv.AppendFloat(nil, d.Seconds(), 'g', -1, 64)}, true
		}
	}
	fr.retryAfter = s
}
