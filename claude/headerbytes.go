package claude

import (
	"bytes"
	"time"
)

// AddBytes is Add for names and values that stand in a buffer: it keeps neither, and the headers that every response has cost no more
// than a look.
func (h *Headers) AddBytes(name, value []byte) error {
	trimmed := bytes.TrimSpace(value)
	if len(trimmed) == 0 || trimmed[0] == '<' {
		return nil
	}
	known, ok := h.addUsual(name, trimmed)
	if !ok {
		var buf [maxUsualName]byte
		if lower := usualName(name, &buf); lower != nil {
			known, ok = h.addUsual(lower, trimmed)
		}
	}
	if !ok {
		return h.Add(string(name), string(trimmed))
	}
	if known {
		h.Known++
	}
	return nil
}

// Reset empties the headers for those of another response. What it keeps is only memory: callers must not hold on to Readings.
func (h *Headers) Reset() {
	*h = Headers{
		Readings: h.Readings[:0], lastOrg: firstText(h.Organization, h.lastOrg), lastSpace: firstText(h.Workspace, h.lastSpace),
	}
}

// orNew returns the text of b: last if it is that.
func orNew(last string, b []byte) string {
	if string(b) == last {
		return last
	}
	return string(b)
}

// addUsual takes a header in its usual form. It returns false where there is anything to it that Add must judge.
func (h *Headers) addUsual(name, value []byte) (known, ok bool) {
	switch string(name) {
	case "request-id":
		h.RequestID = string(value)
	case "anthropic-organization-id":
		h.Organization = orNew(h.lastOrg, value)
	case "anthropic-workspace-id":
		h.Workspace = orNew(h.lastSpace, value)
	case "date":
		t, ok := UsualDate(value)
		if ok {
			h.setDate(t)
		}
		return false, ok
	default:
		return h.addUsualLimit(name, value)
	}
	return true, true
}

func (h *Headers) addUsualLimit(name, value []byte) (known, ok bool) {
	i := bytes.LastIndexByte(name, '-')
	if i < 0 {
		return false, false
	}
	l := usualLimiter(name[:i])
	if l == "" {
		return false, false
	}
	switch string(name[i+1:]) {
	case "limit":
		if n, ok := usualNumber(value); ok {
			if r := h.reading(l); r != nil {
				r.Limit = Some(n)
				return true, true
			}
		}
	case "remaining":
		if n, ok := usualNumber(value); ok {
			if r := h.reading(l); r != nil {
				r.Remaining = Some(n)
				return true, true
			}
		}
	case "reset":
		if t, ok := UsualTime(value); ok {
			if r := h.reading(l); r != nil {
				r.Reset = t
				return true, true
			}
		}
	}
	return false, false
}

// reading returns the reading of a limiter, a new one if there is none, nil if there are too many.
func (h *Headers) reading(l Limiter) *Reading {
	for i := range h.Readings {
		if h.Readings[i].Limiter == l {
			return &h.Readings[i]
		}
	}
	if len(h.Readings) >= maxReadings {
		return nil
	}
	h.Readings = append(h.Readings, Reading{Limiter: l})
	return &h.Readings[len(h.Readings)-1]
}

// usualLimiter returns the limiter of a header's name without its last word, or "".
func usualLimiter(name []byte) Limiter {
	switch string(name) {
	case "anthropic-ratelimit-requests":
		return LimiterRequests
	case "anthropic-ratelimit-input-tokens":
		return LimiterInputTokens
	case "anthropic-ratelimit-output-tokens":
		return LimiterOutputTokens
	case "anthropic-ratelimit-tokens":
		return LimiterTokens
	case "anthropic-priority-input-tokens":
		return LimiterPriorityInputTokens
	case "anthropic-priority-output-tokens":
		return LimiterPriorityOutputTokens
	case "anthropic-fast-input-tokens":
		return LimiterFastInputTokens
	case "anthropic-fast-output-tokens":
		return LimiterFastOutputTokens
	default:
		return ""
	}
}

// maxUsualName is longer than any name in its usual form, gateway's prefix included.
const maxUsualName = 64

// usualName is HeaderName for bytes. It returns nil for a name that is too long or has other than ASCII's letters.
func usualName(name []byte, buf *[maxUsualName]byte) []byte {
	if len(name) > len(buf) {
		return nil
	}
	dash := false
	for i, c := range name {
		switch {
		case c <= ' ' || c >= 0x7f:
			return nil
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	lower := bytes.TrimPrefix(buf[:len(name)], []byte("llm_provider-"))
	for _, c := range lower {
		dash = dash || c == '-'
	}
	for i, c := range lower {
		if c == '_' && !dash {
			lower[i] = '-'
		}
	}
	return lower
}

// usualNumber reads up to 15 digits.
func usualNumber(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 15 {
		return 0, false
	}
	n := int64(0)
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = 10*n + int64(c)
	}
	return n, true
}

// UsualTime reads 2006-01-02T15:04:05Z. It returns false for any other form, and for 29 February.
func UsualTime(b []byte) (time.Time, bool) {
	if len(b) != len("2006-01-02T15:04:05Z") || b[19] != 'Z' {
		return time.Time{}, false
	}
	return UsualStamp(b[:19])
}

// UsualStamp reads 2006-01-02T15:04:05, as a time in UTC. It returns false as UsualTime does.
func UsualStamp(b []byte) (time.Time, bool) {
	if len(b) != len("2006-01-02T15:04:05") || b[4] != '-' || b[7] != '-' || b[10] != 'T' {
		return time.Time{}, false
	}
	year, ok1 := usualNumber(b[:4])
	month, ok2 := usualNumber(b[5:7])
	day, ok3 := usualNumber(b[8:10])
	clock, ok4 := usualClock(b[11:19])
	return usualMoment(year, month, day, clock, ok1 && ok2 && ok3 && ok4)
}

// UsualDate reads an HTTP date as it is sent: Mon, 02 Jan 2006 15:04:05 GMT. It returns false as UsualTime does.
func UsualDate(b []byte) (time.Time, bool) {
	if len(b) != len(time.RFC1123) || b[3] != ',' || b[4] != ' ' || b[7] != ' ' || b[11] != ' ' || b[16] != ' ' || string(b[25:]) != " GMT" {
		return time.Time{}, false
	}
	switch string(b[:3]) {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
	default:
		return time.Time{}, false
	}
	month := int64(0)
	for i := 0; i < len(monthNames); i += 3 {
		if monthNames[i:i+3] == string(b[8:11]) {
			month = int64(i/3 + 1)
		}
	}
	day, ok1 := usualNumber(b[5:7])
	year, ok2 := usualNumber(b[12:16])
	clock, ok3 := usualClock(b[17:25])
	return usualMoment(year, month, day, clock, ok1 && ok2 && ok3)
}

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// usualClock reads 15:04:05 as seconds.
func usualClock(b []byte) (int64, bool) {
	hour, ok1 := usualNumber(b[:2])
	minute, ok2 := usualNumber(b[3:5])
	second, ok3 := usualNumber(b[6:8])
	return (hour*60+minute)*60 + second, ok1 && ok2 && ok3 && b[2] == ':' && b[5] == ':' && hour < 24 && minute < 60 && second < 60
}

// usualMoment puts a time together. 29 February is left to the slow way.
func usualMoment(year, month, day, clock int64, ok bool) (time.Time, bool) {
	if !ok || year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1 || day > usualDays(month) {
		return time.Time{}, false
	}
	if month <= 2 { // the year begins with March, so that leap days come last (days from civil, Hinnant)
		year, month = year-1, month+12
	}
	days := 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468
	return time.Unix(days*86400+clock, 0).UTC(), true
}

// usualDays is how many days a month of most years has.
func usualDays(month int64) int64 {
	if month == 2 {
		return 28
	}
	return 31 - (month-1)%7%2
}
