package alerts

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// percent writes a ratio as people read it.
func percent(ratio float64) string {
	p := ratio * 100
	if p > 0 && p < 9.95 && p != math.Trunc(p) {
		return strconv.FormatFloat(p, 'f', 1, 64) + " %"
	}
	return strconv.FormatFloat(math.Floor(p+1e-9), 'f', 0, 64) + " %"
}

// grouped writes a whole number with its thousands apart.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, r := range s {
		if left := len(s) - i; i > 0 && left%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// clock writes an instant: the time of day, and the date where it is another day than now's.
func clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04:05 UTC")
	}
	return t.Format("2 Jan 2006, 15:04 UTC")
}

// Span writes a duration in its two largest units, as in "1 h 5 min".
func Span(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := int(d/time.Hour), int(d/time.Minute)%60, int(d/time.Second)%60
	switch {
	case h >= 48:
		return fmt.Sprintf("%d d %d h", h/24, h%24)
	case h > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case m >= 5 || m > 0 && s == 0:
		return fmt.Sprintf("%d min", m)
	case m > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	default:
		return fmt.Sprintf("%d s", s)
	}
}

// Amount writes a value in the unit that Facts.Unit names.
func Amount(v float64, unit string) string {
	switch unit {
	case "ratio":
		return percent(v)
	case "seconds":
		return Span(time.Duration(v * float64(time.Second)))
	case "":
		return strconv.FormatFloat(v, 'g', 4, 64)
	default:
		return grouped(int64(v)) + " " + unit
	}
}

// words makes a limiter readable.
func words(l claude.Limiter) string { return strings.ReplaceAll(string(l), "_", " ") }

// bucketName names a bucket the way people do: "input tokens of sonnet-5 in wrkspc_1".
func bucketName(b claude.Bucket) string {
	s := words(b.Limiter)
	if b.Pool != "" {
		s += " of " + string(b.Pool)
	}
	if b.Workspace != "" {
		s += " in " + b.Workspace
	}
	return s
}
