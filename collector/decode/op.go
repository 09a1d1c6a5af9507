package decode

import (
	"bytes"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// opKind is what is done with a value of a shape's slot.
type opKind uint8

const (
	opNone        opKind = iota
	opText               // a text of the call
	opCount              // a count of the call
	opSeconds            // a number of seconds, or dollars
	opMillis             // a number of milliseconds
	opStatus             // the status
	opTime               // the record's time
	opIterations         // the iterations of a usage object
	opURL                // an address
	opMapped             // what the configuration asks for
	opID                 // headers: the request id
	opOwner              // headers: the organization
	opSpace              // headers: the workspace
	opDate               // headers: the server's clock
	opLimit              // headers: of a reading
	opRemaining          // headers: of a reading
	opReset              // headers: of a reading
	opEpoch              // headers: of a subscription window, in seconds since 1970
	opUtilization        // headers: of a subscription window
	opWindow             // headers: the status of a subscription window
	opHeader             // headers: any other
	opSpent              // the duration, by a name that says no usual unit
)

// op gives a value to the record, as the walk would have done.
type op struct {
	kind opKind
	part part
	at   uint8 // the number of a reading
	more *opMore
}

// opMore is what only some operations need.
type opMore struct {
	name  []byte    // of a header
	from  mapping   // of what the configuration asks for
	last  string    // the text that was taken last
	odd   bool      // it may need cleaning
	at    time.Time // the date that it is
	loose bool      // see record.loose
	url   bool      // what it is: an address of the API
	its   claude.Iterations

	recent *[recentTexts]string // texts that were taken lately
}

// strict reports an operation that takes figures and times only.
func (o *op) strict() bool {
	switch o.kind {
	case opCount, opSeconds, opMillis, opTime, opDate, opLimit, opRemaining, opReset, opEpoch, opUtilization, opSpent:
		return true
	default:
		return false
	}
}

// do returns false where the value is not as usual: then the line is walked.
func (o *op) do(r *record, k slotKind, raw []byte) bool {
	switch o.kind {
	case opCount, opLimit, opRemaining:
		n, ok := digits(raw)
		return ok && o.count(r, n)
	case opReset:
		t, ok := o.more.moment(raw)
		r.headers.Readings[o.at].Reset = t
		return ok
	case opEpoch, opUtilization:
		return o.window(&r.headers.Readings[o.at], raw)
	case opStatus:
		n, _ := digits(raw) // the guard has seen it
		r.call.Status = int(n)
		return true
	case opSeconds, opMillis:
		return o.seconds(r, raw)
	case opSpent:
		return o.more.spent(r, k.scalar(raw))
	case opTime:
		r.time = usualStamp(k.scalar(raw))
		return r.time.known()
	case opDate:
		return o.date(r, raw)
	case opIterations:
		return o.more.iterations(r, raw)
	case opText:
		ok := o.more.text(r.texts, raw)
		o.tell(r)
		return ok
	default:
		return o.text(r, k, raw)
	}
}

// count takes what digits say.
func (o *op) count(r *record, n int64) bool {
	switch o.kind {
	case opLimit:
		r.headers.Readings[o.at].Limit = claude.Some(n)
	case opRemaining:
		r.headers.Readings[o.at].Remaining = claude.Some(n)
	default:
		*countOf(&r.call, o.part) = claude.Some(n)
		return n <= maxCount
	}
	return true
}

// text takes a value that is a text without escapes.
func (o *op) text(r *record, k slotKind, raw []byte) bool {
	if len(raw) == 0 || bytes.IndexByte(raw, '\\') >= 0 {
		return false
	}
	switch o.kind {
	case opURL:
		return o.more.address(r, raw)
	case opMapped:
		r.mapped[o.more.from.target] = mappedText(o.more.from, k.scalar(raw))
		r.usual = false
		return true
	default:
		return raw[0] != '<' && visible(raw[0]) && visible(raw[len(raw)-1]) && o.header(r, raw)
	}
}

// visible reports a letter of ASCII that is no blank.
func visible(c byte) bool { return c > ' ' && c < 0x7f }

// header takes a header's value with nothing to trim.
func (o *op) header(r *record, raw []byte) bool {
	switch o.kind {
	case opHeader:
		return r.headers.AddBytes(o.more.name, raw) == nil
	case opWindow:
		ok := isPlainWord(raw) && o.more.text(r.texts, raw)
		r.headers.Readings[o.at].Status = o.more.last
		return ok
	case opID:
		r.headers.RequestID = string(raw)
		r.usual = r.usual && usualText(raw)
		return true
	case opOwner:
		ok := o.more.text(r.texts, raw)
		r.headers.Organization = o.more.last
		r.usual = r.usual && !o.more.odd
		return ok
	default:
		ok := o.more.text(r.texts, raw)
		r.headers.Workspace = o.more.last
		r.usual = r.usual && !o.more.odd
		return ok
	}
}

// tell gives the call the text that was taken last.
func (o *op) tell(r *record) {
	*textOf(&r.call, o.part) = o.more.last
	r.usual = r.usual && !o.more.odd
}

// isPlainWord reports a short text that needs no cleaning.
func isPlainWord(raw []byte) bool {
	for _, c := range raw {
		if !isNameByte(c) {
			return false
		}
	}
	return len(raw) <= maxShared
}

// window reads the figures of a subscription's windows, within the bounds that headers are held to.
func (o *op) window(rd *claude.Reading, raw []byte) bool {
	f, ok := scalar{kindNumber, raw}.number()
	if o.kind == opUtilization {
		rd.Utilization = claude.Some(f)
		return ok && f >= 0 && f <= 1000
	}
	n, ok := digits(raw)
	rd.Reset = time.Unix(n, 0).UTC()
	return ok && n < 7e9
}

func (o *op) seconds(r *record, raw []byte) bool {
	n, ok := scalar{kindNumber, raw}.number()
	if o.kind == opMillis {
		n /= 1000
	}
	*numberOf(&r.call, o.part) = claude.Some(n)
	return ok && n >= 0
}

// spent is record.spent.
func (m *opMore) spent(r *record, s scalar) bool {
	if s.kind == kindString && !isSpentText(s) {
		return false
	}
	if d, ok := spentValue(m.name, s); ok && !r.lasted.Known() {
		r.lasted, r.loose = claude.Some(d), m.loose
	}
	return true
}

func (o *op) date(r *record, raw []byte) bool {
	if m := o.more; string(raw) != m.last {
		t, ok := claude.UsualDate(raw)
		if !ok {
			return false
		}
		m.last, m.at = string(raw), t
	}
	r.headers.Date = o.more.at
	return true
}

// text takes a text without escapes as the last one, kept once for all lines that have it.
func (m *opMore) text(ts *texts, raw []byte) bool {
	if string(raw) == m.last {
		return true
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		return false
	}
	m.last, m.odd = ts.of(raw), !usualText(raw)
	if len(raw) > 0 && !m.odd {
		if m.recent == nil {
			m.recent = new([recentTexts]string)
		}
		m.recent[recentSlot(raw)] = m.last
	}
	return true
}

// recentTexts is how many texts are remembered that were taken lately, a power of two.
const recentTexts = 16

func recentSlot(raw []byte) uint { return keyHash(raw) % recentTexts }

// recall makes a text the last one if it was taken lately.
func (m *opMore) recall(raw []byte) bool {
	if m.recent == nil || len(raw) == 0 || len(raw) > maxShared {
		return false
	}
	text := m.recent[recentSlot(raw)]
	if text != string(raw) {
		return false
	}
	m.last, m.odd = text, false
	return true
}

// moment reads 2006-01-02T15:04:05Z, quicker where the day is that of the last one.
func (m *opMore) moment(raw []byte) (time.Time, bool) {
	const day = len("2006-01-02T")
	if len(raw) != day+len("15:04:05Z") {
		return time.Time{}, false
	}
	if string(raw[:day]) != m.last {
		t, ok := claude.UsualTime(append(append(make([]byte, 0, 20), raw[:day]...), "00:00:00Z"...))
		if !ok {
			return time.Time{}, false
		}
		m.last, m.at = string(raw[:day]), t
	}
	c := raw[day:]
	h, mins, s := twoDigits(c[0], c[1]), twoDigits(c[3], c[4]), twoDigits(c[6], c[7])
	ok := c[2] == ':' && c[5] == ':' && c[8] == 'Z' && h < 24 && mins < 60 && s < 60
	return m.at.Add(time.Duration((h*60+mins)*60+s) * time.Second), ok
}

// twoDigits reads a number of two digits; it is above 99 where they are none.
func twoDigits(a, b byte) uint {
	a, b = a-'0', b-'0'
	if a > 9 || b > 9 {
		return 100
	}
	return 10*uint(a) + uint(b)
}

// address takes an address. Another company's is for the walk.
func (m *opMore) address(r *record, raw []byte) bool {
	if string(raw) != m.last {
		var probe record
		probe.location(scalar{kindString, raw})
		if probe.foreign || probe.uncounted || probe.call.Provider != "" {
			return false
		}
		m.last, m.url = string(raw), probe.url
	}
	r.url = r.url || m.url
	return true
}

// scalar is a value of the kind as the walk would have met it.
func (k slotKind) scalar(raw []byte) scalar {
	if k == slotNumber {
		return scalar{kindNumber, raw}
	}
	return scalar{kindString, raw}
}

// usualStamp is parseStamp, quick for the two forms that most logs have: milliseconds since 1970, and RFC 3339 in UTC.
func usualStamp(s scalar) stamp {
	const first, last = 946684800000, 7258118400000 // 2000 and 2200
	if len(s.raw) == len("1795255200001") {
		if n, ok := digits(s.raw); ok && n >= first && n < last {
			return stamp{time.UnixMilli(n).UTC(), true}
		}
	}
	if n := len(s.raw) - 1; s.kind == kindString && n >= len("2006-01-02T15:04:05") && n <= len("2006-01-02T15:04:05.999999999") && s.raw[n] == 'Z' {
		t, ok := claude.UsualStamp(s.raw[:len("2006-01-02T15:04:05")])
		nanos, fine := fraction(s.raw[len("2006-01-02T15:04:05"):n])
		if ok && fine && t.Year() >= 2000 {
			return stamp{t.Add(time.Duration(nanos)), true}
		}
	}
	return parseStamp(s)
}

// fraction reads the fraction of a second, .123, in nanoseconds.
func fraction(b []byte) (nanos int64, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	n, ok := digits(b[1:])
	for range 9 - len(b[1:]) {
		n *= 10
	}
	return n, ok && b[0] == '.'
}
