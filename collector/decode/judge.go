package decode

import "bytes"

// guardFor says what a value must be like so that the walk would take the same way with it. It goes through the cases of record.scalar
// and record.member. taken says that the value became part of the call or the headers, looked that it would not have whatever it is.
func guardFor(v visit, taken, looked bool) (guard, bool) {
	fr, f, s := &v.frame, v.field, v.value
	switch {
	case fr.array && fr.list:
		return textGuard(s), !addressed(s)
	case fr.array:
		return guardQuiet, !fr.headers
	case fr.headers && f.role != roleName && f.role != roleValue && f.role != roleDate && f.role != roleRetryAfter:
		return headerGuard(f, taken), true
	case f.role == roleOther, f.role == rolePrivate, f.role >= roleAttributes:
		return textGuard(s), !addressed(s)
	}
	switch f.role {
	case roleHeader:
		return headerGuard(f, taken), true
	case roleMessage:
		if s.kind == kindString {
			return guardMessage, !addressed(s)
		}
		return guardQuiet, true
	case roleCount, roleRetry:
		if taken {
			return guardByOps, true
		}
		_, ok := digits(s.raw)
		return guardDigits, ok
	case roleStatus:
		return constUnless(guardStatus, isStatus(s.raw)), !taken || isStatus(s.raw)
	case roleModel:
		if s.kind != kindString {
			return guardQuiet, true
		}
		return guardFull, len(s.raw) > 0
	case roleValue:
		return textGuard(s), !fr.headers && !addressed(s)
	case roleName:
		return guardQuiet, !fr.headers
	case roleDate:
		return constUnless(guardByOps, taken), true
	case roleSpent:
		return guardQuiet, true
	case roleTime:
		return timeGuard(taken, looked), true
	case roleURL, roleSession, roleStream, roleSidechain, rolePeriod:
		return guardQuiet, true
	case roleDurationMillis, roleDuration, roleResponseTime, roleFirstTokenMillis, roleFirstToken, roleCost:
		return constUnless(guardByOps, taken), true
	case roleMessageID, roleTier, roleSpeed, roleGeo:
		return constUnless(guardFull, len(s.raw) > 0), true
	case roleID, roleRequestID:
		return idGuard(fr, f, s, taken)
	case roleRetryAfter, roleReadings, roleForeign, roleAPIError:
		return guardConst, false
	case roleProvider, roleOrganization, roleWorkspace, roleApp, roleUser, rolePool:
		if fr.depth > 0 && !taken && len(s.raw) > 0 {
			return guardQuiet, true
		}
		return constUnless(guardFull, len(s.raw) > 0), true
	default: // its value decides: a type, an error, a cause
		return guardConst, !taken
	}
}

func constUnless(g guard, ok bool) guard {
	if ok {
		return g
	}
	return guardConst
}

// addressed reports a text that was looked into and names the API's address, of which another value may depend.
func addressed(s scalar) bool {
	var r record
	if s.kind == kindString && len(s.raw) >= minText && relevant(s.raw) {
		r.free(unescape(s.raw))
	}
	return r.url
}

func textGuard(s scalar) guard {
	if s.kind == kindString {
		return guardText
	}
	return guardQuiet
}

func timeGuard(taken, looked bool) guard {
	switch {
	case taken:
		return guardByOps
	case looked:
		return guardQuiet
	default:
		return guardConst
	}
}

// headerGuard judges a header, or a field that is named like one.
func headerGuard(f field, taken bool) guard {
	name := f.key
	if f.role == roleHeader {
		name = lastPart(name)
	}
	switch {
	case taken:
		return guardFull
	case !wantedHeader(name) && !bytes.EqualFold(name, []byte("x-stainless-retry-count")):
		return guardQuiet
	default:
		return guardConst
	}
}

// idGuard judges ids: those of messages and of requests have the beginnings that the API gives them.
func idGuard(fr *frame, f field, s scalar, taken bool) (guard, bool) {
	if s.kind != kindString {
		return guardQuiet, true
	}
	if f.role == roleID {
		message := bytes.HasPrefix(s.raw, []byte("msg_"))
		if taken {
			return guardMessageID, message
		}
		return guardNoMessageID, !message
	}
	own := bytes.HasPrefix(s.raw, []byte("req_"))
	switch {
	case own:
		return guardRequestID, !cutID(string(s.raw))
	case fr.depth > 0 || string(f.key) != "request_id":
		return guardNoRequestID, !taken
	default:
		return guardCorrelation, correlationID(string(s.raw))
	}
}
