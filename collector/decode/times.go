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

// stamp is a time as a log gives it. Without a zone it was taken for UTC and may be hours off.
type stamp struct {
	at    time.Time
	zoned bool
}

func (s stamp) known() bool { return !s.at.IsZero() }

// parseStamp reads a time in any form that loggers use, numbers as seconds, milliseconds, microseconds or nanoseconds since 1970 by
// their size. Years outside 2000 to 2199 are no times of a call.
func parseStamp(s scalar) stamp {
	if len(s.raw) > 48 {
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
		return stamp{}
	}
	if text[4] == '-' && text[7] == '-' { // a decimal comma, as Python and Log4j write it
		text = strings.Replace(text, ",", ".", 1)
	}
	for _, l := range layouts {
		if t, err := time.Parse(l.layout, text); err == nil {
			return believable(stamp{t.UTC(), l.zoned})
		}
	}
	return stamp{}
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

// prefixLen is how far into a line a time of its own is looked for.
const prefixLen = 96

// prefixStamp finds the time that a line of text begins with, behind brackets or a process's name.
func prefixStamp(line []byte) stamp {
	line = line[:min(len(line), prefixLen)]
	for i := 0; i+19 <= len(line); i++ {
		if !dateAt(line[i:]) || i > 0 && isDigit(line[i-1]) {
			continue
		}
		end := i + 19
		if end+1 < len(line) && (line[end] == '.' || line[end] == ',') && isDigit(line[end+1]) {
			for end++; end < len(line) && isDigit(line[end]); end++ {
			}
		}
		return withZone(line[i:end], line[end:])
	}
	return stamp{}
}

// withZone reads a time together with the zone that may follow it.
func withZone(at, rest []byte) stamp {
	text := string(at)
	if len(rest) > 0 && (rest[0] == ' ' || rest[0] == 'Z' || rest[0] == '+' || rest[0] == '-') {
		for _, n := range []int{7, 6, 5, 1} { // " +01:00", "+01:00" or " +0100", "+0100", "Z"
			if len(rest) >= n && (n == 1) == (rest[0] == 'Z') {
				if s := parseWritten(text + string(rest[:n])); s.known() && s.zoned {
					return s
				}
			}
		}
	}
	return parseWritten(text)
}

// dateAt reports whether a text begins like 2006-01-02 15:04:05, with any of the usual separators.
func dateAt(b []byte) bool {
	for i, want := range []byte("dddd-dd-ddTdd:dd:dd") {
		switch c := b[i]; want {
		case 'd':
			if !isDigit(c) {
				return false
			}
		case '-':
			if c != '-' && c != '/' {
				return false
			}
		case 'T':
			if c != 'T' && c != ' ' {
				return false
			}
		default:
			if c != want {
				return false
			}
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
