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
		if f.usual == nil || f.role == roleRequestID {
			r.header(f.key, s)
		} else if !f.usual.mute {
			r.addHeader(f.key, s)
		}
	case f.role == roleOther, f.role == rolePrivate, f.role >= roleAttributes:
		if f.role != rolePrivate && s.kind == kindString && !plain(s.raw) {
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

// location takes an address. The API's own is in most records.
func (r *record) location(s scalar) {
	r.uncounted = r.uncounted || bytes.HasSuffix(s.raw, []byte("/count_tokens"))
	if bytes.HasPrefix(s.raw, []byte("https://api.anthropic.com/v1/")) {
		r.url = true
		return
	}
	r.address(s.text())
}

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
		if len(s.raw) == len("2006-01-02") && s.raw[4] == '-' {
			r.odd, r.day = true, true
		}
		r.clock(fr, f, s)
	case roleRetryAfter:
		r.retryAfter(fr, f, s)
	case roleName:
		fr.name = s
	case roleValue:
		fr.value = s
	case roleID:
		r.objectID(fr, f, s)
	case roleTokenCount, roleReport, roleTally, rolePeriod, roleCacheHit, roleCallType, roleEventName:
		r.oddMember(fr, f, s)
	case roleTime:
		r.timed(fr, f, s)
	case roleEnd:
		fr.end, fr.ended = s, true
		r.clock(fr, f, s)
	case roleSpent:
		r.spent(fr, f, s)
	case roleBegin:
		fr.begin = s
		fr.ended = fr.ended || string(f.key) == "start_timestamp" // then a timestamp is the end
		if fr.depth == 0 && r.inner == 0 {                        // elsewhere of a file or a conversation, perhaps
			r.clock(fr, f, s)
		}
	case roleURL:
		r.location(s)
	default:
		r.detail(fr, f, s)
	}
}

// objectID takes an object's id. Where several names end with it, that of a message counts.
func (r *record) objectID(fr *frame, f field, s scalar) {
	if fr.person && string(f.key) == "id" && s.kind != kindBool {
		r.setText(partUser, s, true)
	}
	if fr.id.raw == nil || bytes.HasPrefix(s.raw, []byte("msg_")) || bytes.IndexByte(f.key, '.') < 0 {
		fr.id = s
	}
}

// timed takes a time, which of HAR's entries is also how long they took.
func (r *record) timed(fr *frame, f field, s scalar) {
	r.recorded = r.recorded || string(f.key) == "startedDateTime"
	if n, ok := s.number(); ok && n < 1e7 && string(f.key) == "time" {
		r.more().elapsed = claude.Some(n)
	}
	if fr.end.raw == nil && string(f.key) == "timestamp" {
		fr.end = s
	}
	r.clock(fr, f, s)
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
	case roleResponseTime:
		r.responseTime(fr, f, s)
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
		} else if !fr.request && !fr.headers {
			r.nested(fr, f, s)
		}
	}
}

// nested takes who called from an object inside of the record. It counts where the call stands beside it.
func (r *record) nested(fr *frame, f field, s scalar) {
	switch {
	case f.role == roleOrganization && bytes.HasSuffix(f.key, []byte("organization.id")):
		r.setText(partOrganization, s, s.kind == kindString)
	case f.role == roleWorkspace && bytes.HasSuffix(f.key, []byte("workspace.id")):
		r.setText(partWorkspace, s, s.kind == kindString)
	case f.role == roleApp && s.kind == kindString && fr.app.raw == nil:
		fr.app = s
	case f.role == roleUser && s.kind != kindBool && fr.user.raw == nil:
		fr.user = s
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
