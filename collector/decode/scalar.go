package decode

import (
	"bytes"
	"math"

	"github.com/claudewatch/claudewatch/claude"
)

// Ranks of the places where a usage, a time and a status may stand.
const (
	rankFlat     = 1
	rankUsage    = 2
	rankTime     = 100
	rankStatus   = 2 // of anything: the application's own response, perhaps
	rankText     = 3 // in an error's text or before a raw block of headers
	rankResponse = 4 // beside the headers or in the error
)

// scalar is told of a value that is no container.
func (r *record) scalar(fr *frame, f field, s scalar) {
	if fr == nil {
		return
	}
	if r.trail != nil {
		r.trail.visit(r, fr, f, s)
	}
	if len(r.fields) > 0 && !fr.array {
		r.take(f.key, s)
	}
	switch {
	case s.kind == kindNull:
		r.param = r.param || string(f.key) == "param"
	case fr.array:
		r.element(fr, f, s)
	case fr.headers && f.role != roleName && f.role != roleValue && f.role != roleDate && f.role != roleRetryAfter:
		if f.usual == nil {
			r.header(f.key, s)
		} else if !f.usual.mute {
			r.addHeader(f.key, s)
		}
	case f.role == roleOther, f.role == rolePrivate:
		if f.role == roleOther && s.kind == kindString && !plain(s.raw) {
			r.look(f, s)
		} else if fr.body && s.kind == kindString {
			r.bodyText(f, s)
		} else if fr.usage && s.kind == kindNumber {
			r.shortCount(fr, f, s)
		}
	default:
		r.member(fr, f, s)
	}
}

// element takes a scalar in an array: the values of one header, a pair, or names and values in turn.
func (r *record) element(fr *frame, f field, s scalar) {
	if !fr.headers || s.kind == kindBool {
		return
	}
	switch {
	case fr.name.raw != nil && fr.value.raw == nil && f.index == 0 && len(fr.name.raw) > 0 && wantedName(fr.name):
		r.header(fr.name.raw, s)
	case f.index%2 == 0:
		fr.value = s
	case fr.value.raw != nil:
		r.header(fr.value.raw, s)
		fr.value = scalar{}
	}
}

// location takes an address. The API's own is in most records.
func (r *record) location(s scalar) {
	if bytes.HasPrefix(s.raw, []byte("https://api.anthropic.com/v1/")) {
		r.url = true
		return
	}
	r.address(s.text())
}

func wantedName(s scalar) bool { return wantedHeader(lastPart(s.raw)) }

// member takes an object's member that has a role.
func (r *record) member(fr *frame, f field, s scalar) {
	switch f.role {
	case roleHeader:
		fr.headerSeen = true
		r.header(lastPart(f.key), s)
	case roleMessage:
		if s.kind == kindString && plain(s.raw) {
			fr.message = s
		} else {
			r.speak(fr, f, s)
		}
	case roleHeaders, roleError, roleUsage, roleRequest:
		r.speak(fr, f, s)
	case roleCount:
		r.count(fr, f, s)
	case roleForeign:
		r.foreignCount(f, s)
	case roleStatus:
		if _, ok := statusOf(s); ok && fr.status.raw == nil {
			fr.status = s
		}
	case roleModel:
		if s.kind == kindString && (fr.model.raw == nil || string(f.key) == "model" || string(f.key) == "gen_ai.response.model") {
			fr.model = s
		}
	case roleType:
		fr.typ = s
	case roleErrorCode:
		r.errorCode(fr, s)
	case roleDate:
		fr.date = s
		r.clock(fr, f, s)
	case roleRetryAfter:
		r.retryAfter(fr, f, s)
	case roleName:
		fr.name = s
	case roleValue:
		fr.value = s
	case roleID:
		fr.id = s
	case roleTime:
		r.clock(fr, f, s)
	case roleBegin:
		if fr.depth == 0 && r.inner == 0 { // elsewhere of a file or a conversation, perhaps
			r.clock(fr, f, s)
		}
	case roleURL:
		r.location(s)
	default:
		r.detail(fr, f, s)
	}
}

// detail takes the members that are simple to judge.
func (r *record) detail(fr *frame, f field, s scalar) {
	c := &r.call
	switch f.role {
	case roleRequestID:
		r.requestID(fr, f, s)
	case roleMessageID:
		if c.MessageID == "" && s.kind == kindString {
			c.MessageID = s.text()
			r.took(partMessageID, s.raw)
		}
	case roleDurationMillis:
		r.setSeconds(partDuration, "duration", s, 1e-3)
	case roleDuration:
		r.setSeconds(partDuration, "duration_seconds", s, 1)
	case roleResponseTime: // pino's responseTime is in milliseconds, LiteLLM's response_time in seconds
		unit := 1.0
		if bytes.HasSuffix(f.key, []byte("Time")) {
			unit = 1e-3
		}
		r.setSeconds(partDuration, "response_time", s, unit)
	case roleFirstTokenMillis:
		r.setSeconds(partFirstToken, "time_to_first_token", s, 1e-3)
	case roleFirstToken:
		r.setSeconds(partFirstToken, "time_to_first_token_seconds", s, 1)
	case roleCost:
		r.setSeconds(partCost, "cost_usd", s, 1)
	case roleStream:
		if s.kind == kindBool && !c.Stream.Known() {
			c.Stream = claude.Some(s.raw[0] == 't')
			r.took(partStream, s.raw)
		}
	case roleRetry:
		if n, ok := s.number(); ok && n == math.Trunc(n) && math.Abs(n) < 1e9 && !c.Retry.Known() {
			c.Retry = claude.Some(int64(n))
			r.took(partRetry, s.raw)
		}
	case roleSidechain:
		c.Sidechain = c.Sidechain || s.kind == kindBool && s.raw[0] == 't'
	case roleAPIError:
		r.apiError = r.apiError || s.kind == kindBool && s.raw[0] == 't'
	case roleSession:
		r.session = r.session || fr.depth == 0
	case roleTier:
		r.setText(partTier, s, fr.usage || r.usageR < rankUsage)
	case roleSpeed:
		r.setText(partSpeed, s, fr.usage)
	case roleGeo:
		r.setText(partGeo, s, fr.usage || r.usageR < rankUsage)
	case roleReadings:
		if fr.depth == 0 {
			r.fail(reject(RejectedValue, "readings: no array"))
		}
	default:
		if fr.depth == 0 {
			r.own(f, s)
		}
	}
}

// own takes what only the outermost object says of its call.
func (r *record) own(f field, s scalar) {
	c := &r.call
	if s.kind != kindString && (f.role != roleUser || s.kind != kindNumber) {
		return
	}
	switch f.role {
	case roleProvider:
		r.named = r.named || len(s.raw) > 0
		r.setText(partProvider, s, true)
	case roleOrganization:
		r.setText(partOrganization, s, true)
	case roleWorkspace:
		r.setText(partWorkspace, s, true)
	case roleApp:
		r.setText(partApp, s, true)
	case roleUser:
		r.setText(partUser, s, true)
	case rolePool:
		r.setText(partPool, s, true)
	case roleCause:
		r.setText(partCause, s, true)
	case roleErrorType:
		r.setText(partErrorType, s, true)
	case roleRegain:
		if t := parseStamp(s); c.RegainAt.IsZero() {
			c.RegainAt = t.at
			r.took(partRegain, s.raw)
		}
	case roleServerTime:
		if t := parseStamp(s); c.ServerTime.IsZero() {
			c.ServerTime = t.at
			r.took(partServerTime, s.raw)
		}
	default:
	}
}

func (r *record) setText(p part, s scalar, ok bool) {
	if to := textOf(&r.call, p); ok && *to == "" && (s.kind == kindString || s.kind == kindNumber) {
		*to = r.shared(s)
		r.took(p, s.raw)
	}
}

// setSeconds keeps a number that may not be negative. Text that is no number (812ms) is left unknown.
func (r *record) setSeconds(p part, name string, s scalar, unit float64) {
	to := numberOf(&r.call, p)
	n, ok := s.number()
	if !ok || to.Known() {
		return
	}
	if n < 0 {
		r.fail(reject(RejectedValue, "%s %g: negative", name, n))
		return
	}
	if unit == 1e-3 {
		n /= 1000
	} else {
		n *= unit
	}
	*to = claude.Some(n)
	r.took(p, s.raw)
}

// header takes a response header. Only what a header of the API says wrongly makes the line unreadable.
func (r *record) header(name []byte, s scalar) {
	if s.kind == kindNull || s.raw == nil {
		return
	}
	if !wantedHeader(name) {
		if bytes.EqualFold(name, []byte("x-stainless-retry-count")) {
			r.detail(&frame{}, field{role: roleRetry}, s)
		}
		return
	}
	r.addHeader(name, s)
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

func (r *record) errorCode(fr *frame, s scalar) {
	if n, ok := s.number(); ok { // LiteLLM's error_code is the status
		if n >= 100 && n <= 599 && fr.status.raw == nil {
			fr.status = s
		}
		return
	}
	if s.kind != kindString {
		return
	}
	fr.code = s
	if r.refusal.Code == "" && !fr.request {
		r.refusal.Code = s.text()
		r.took(partErrorCode, s.raw)
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
	fr.retryAfter = s
}

// clock keeps the time that stands nearest to the outside, what is named like the end of a call before its begin.
func (r *record) clock(fr *frame, f field, s scalar) {
	rank := rankTime - 4*fr.depth - 16*r.inner
	if fr.request || fr.headers {
		rank -= 8
	}
	if f.role == roleDate || string(f.key) == "created" || string(f.key) == "endTime" {
		rank--
	}
	if f.role == roleBegin {
		rank -= 2
	}
	if r.time.known() && rank <= r.timeR { // it would not be kept
		r.took(partNone, s.raw)
		return
	}
	if t := parseStamp(s); t.known() {
		r.setTime(t, rank)
		r.took(partTime, s.raw)
	}
}

func (r *record) setTime(t stamp, rank int) {
	if t.known() && (!r.time.known() || rank > r.timeR) {
		r.time, r.timeR = t, rank
	}
}

func (r *record) setModel(s scalar, fr *frame) {
	rank := 2
	switch {
	case fr.request:
		rank = 1
	case fr.hasUsage:
		rank = 3
	}
	if len(s.raw) > 0 && rank > r.modelR {
		r.modelR, r.call.Model = rank, r.shared(s)
		r.took(partModel, s.raw)
	}
}
