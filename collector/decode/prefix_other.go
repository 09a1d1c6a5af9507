package decode

import (
	"bytes"
	"errors"
	"strings"
	"time"
)

// prefixLayouts are forms of time that lines begin with, besides that of ISO 8601, of one beginning the longest first. Fractions of a second
// may follow the seconds of each.
var prefixLayouts = []struct {
	layout string
	zoned  bool
}{
	{"02/Jan/2006:15:04:05 -0700", true},    // Apache, nginx
	{"Jan _2 15:04:05 2006", false},         // the C library
	{"Jan _2 15:04:05 GMT 2006", true},      // date(1)
	{"Jan _2 15:04:05 UTC 2006", true},      // the same
	{"Jan _2 2006 15:04:05 GMT-0700", true}, // JavaScript
	{"Jan _2 2006 15:04:05", false},         // network devices
	{"Jan _2, 2006 3:04:05 PM", false},      // Java
	{"Jan _2, 2006 15:04:05", false},        // the same, elsewhere
	{"Jan _2 15:04:05", false},              // syslog
	{"_2 Jan 2006 15:04:05 GMT", true},      // HTTP
	{"_2 Jan 2006 15:04:05 UTC", true},      // the same
	{"_2 Jan 2006 15:04:05 -0700", true},    // mail
	{"_2 Jan 2006 15:04:05", false},         // Redis
	{"_2-Jan-2006 15:04:05 UTC", true},      // PHP
	{"_2-Jan-2006 15:04:05", false},         // Tomcat
	{"1/2/2006, 3:04:05 PM", false},         // Node.js in American English
	{"1/2/2006 3:04:05 PM", false},          // .NET, the same
	{"20060102T150405Z", true},              // ISO 8601 without separators
}

const (
	monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"
	glogLayout = "0102 15:04:05"
	glogLevels = "DIWEF"
)

// otherStamp finds the first time in one of the prefixLayouts, in glog's or as seconds or milliseconds since 1970. The latter two only stand
// at a line's begin: elsewhere numbers like them are something else.
func otherStamp(line []byte) stamp {
	begin := true // no word stands before
	for i, c := range line {
		if i > 0 && isWord(line[i-1]) || !isWord(c) {
			continue
		}
		text := line[i:]
		if begin {
			if s := beginStamp(text); s.known() {
				return s
			}
			begin = false
		}
		if s := layoutStamp(text); s.known() {
			return s
		}
	}
	return stamp{}
}

func isWord(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// beginStamp reads glog's time behind its letter, or a number of seconds or milliseconds.
func beginStamp(text []byte) stamp {
	if strings.IndexByte(glogLevels, text[0]) >= 0 && len(text) > len(glogLayout) && isDigit(text[1]) {
		return stampIn(glogLayout, text[1:], false)
	}
	digits := 0
	for digits < len(text) && isDigit(text[digits]) {
		digits++
	}
	if digits != 10 && digits != 13 {
		return stamp{}
	}
	end := digits
	if end < len(text) && text[end] == '.' {
		for end++; end < len(text) && isDigit(text[end]); end++ {
		}
	}
	if end < len(text) && bytes.IndexByte([]byte(" \t]|:,"), text[end]) < 0 {
		return stamp{}
	}
	return parseStamp(scalar{kindNumber, text[:end]})
}

// layoutStamp reads a time in one of the prefixLayouts.
func layoutStamp(text []byte) stamp {
	if len(text) < len("Jan 2 15:04:05") || !mayBeDate(text) {
		return stamp{}
	}
	for _, l := range prefixLayouts {
		if isDigit(text[0]) == (l.layout[0] == 'J') {
			continue
		}
		if s := stampIn(l.layout, text, l.zoned); s.known() {
			return s
		}
	}
	return stamp{}
}

// mayBeDate spares most words a try with each layout.
func mayBeDate(text []byte) bool {
	if !isDigit(text[0]) {
		at := strings.Index(monthNames, string(text[:3]))
		return at >= 0 && at%3 == 0 && text[3] == ' '
	}
	n := 1
	for n < 9 && isDigit(text[n]) {
		n++
	}
	return n <= 2 && (text[n] == ' ' || text[n] == '-' || text[n] == '/') || n == 8 && text[n] == 'T'
}

// stampIn reads the time in a layout that a text begins with. One without a year has the year 0.
func stampIn(layout string, text []byte, zoned bool) stamp {
	written := string(text)
	t, err := time.Parse(layout, written)
	var p *time.ParseError
	if errors.As(err, &p) && strings.HasPrefix(p.Message, ": extra text") && len(p.ValueElem) < len(written) {
		t, err = time.Parse(layout, written[:len(written)-len(p.ValueElem)])
	}
	switch {
	case err != nil:
		return stamp{}
	case t.Year() == 0 && !strings.Contains(layout, "2006"):
		return stamp{at: t}
	default:
		return believable(stamp{t.UTC(), zoned})
	}
}
