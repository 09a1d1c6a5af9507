package decode

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// layouts are the written forms of time that loggers use, those without a zone last.
var layouts = []struct {
	layout string
	zoned  bool
}{
	{time.RFC3339Nano, true},
	{"2006-01-02T15:04:05.999999999Z0700", true},
	{"2006-01-02 15:04:05.999999999Z07:00", true},
	{"2006-01-02 15:04:05.999999999 Z07:00", true},
	{"2006-01-02 15:04:05.999999999 -0700", true},
	{"2006-01-02 15:04:05.999999999Z0700", true},
	{time.RFC1123, true},
	{time.RFC1123Z, true},
	{"02/Jan/2006:15:04:05 -0700", true},
	{"2006-01-02T15:04:05.999999999", false},
	{"2006-01-02 15:04:05.999999999", false},
	{"2006/01/02 15:04:05.999999999", false},
}

// stamp is a time as a log gives it. Without a zone it is the log's own, in a time of UTC; without a year, it is of the year 0.
type stamp struct {
	at    time.Time
	zoned bool
}

func (s stamp) known() bool { return !s.at.IsZero() }

// in returns the time that a log of a zone means that is read now: of times without a year, the last one that is not in the future. A day
// more is for clocks and zones that differ.
func (s stamp) in(zone *time.Location, now time.Time) stamp {
	if s.zoned || !s.known() {
		return s
	}
	year, last := s.at.Year(), s.at.Year()
	if year == 0 {
		year, last = now.Year()+1, now.Year()-8 // a 29th of February may be so long ago
	}
	for ; year >= last; year-- {
		t := time.Date(year, s.at.Month(), s.at.Day(), s.at.Hour(), s.at.Minute(), s.at.Second(), s.at.Nanosecond(), zone)
		if year == s.at.Year() || s.at.Day() == t.Day() && t.Before(now.Add(24*time.Hour)) {
			return stamp{at: t.UTC()}
		}
	}
	return stamp{}
}

// parseStamp reads a time in any form that loggers use, numbers as seconds, milliseconds, microseconds or nanoseconds since 1970 by
// their size. Years outside 2000 to 2199 are no times of a call.
func parseStamp(s scalar) stamp {
	if len(s.raw) > prefixLen {
		return stamp{}
	}
	if f, ok := s.number(); ok {
		return parseEpoch(s.raw, f)
	}
	if s.kind != kindString {
		return stamp{}
	}
	return parseWritten(s.text())
}

func parseWritten(text string) stamp {
	text = strings.TrimSpace(text)
	if len(text) < len("2006-01-02 15:04:05") {
		return believable(otherStamp([]byte(text)))
	}
	iso := text[4] == '-' && text[7] == '-'
	if iso { // a decimal comma, as Python and Log4j write it
		text = strings.Replace(text, ",", ".", 1)
	}
	for _, l := range layouts {
		if iso && l.layout[4] != '-' {
			continue
		}
		if t, err := time.Parse(l.layout, text); err == nil {
			return believable(stamp{t.UTC(), l.zoned})
		}
	}
	if iso { // the others don't begin so
		return stamp{}
	}
	return believable(otherStamp([]byte(text)))
}

func believable(s stamp) stamp {
	if y := s.at.Year(); y < 2000 || y > 2199 {
		return stamp{}
	}
	return s
}

func parseEpoch(raw []byte, f float64) stamp {
	unit := int64(time.Second)
	switch {
	case f < 9e8:
		return stamp{}
	case f >= 1e17:
		unit = 1
	case f >= 1e14:
		unit = int64(time.Microsecond)
	case f >= 1e11:
		unit = int64(time.Millisecond)
	}
	whole, frac, _ := bytes.Cut(raw, []byte{'.'})
	n, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil { // an exponent
		return believable(stamp{time.UnixMilli(int64(f * float64(unit) / 1e6)).UTC(), true})
	}
	t := time.Unix(n/(1e9/unit), n%(1e9/unit)*unit)
	if len(frac) > 0 {
		if d, err := strconv.ParseFloat("0."+string(frac), 64); err == nil {
			t = t.Add(time.Duration(d*float64(unit)) + 500*time.Nanosecond).Truncate(time.Microsecond)
		}
	}
	return believable(stamp{t.UTC(), true})
}
