package main

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/claudewatch/claudewatch/claude"
)

func TestHuman(t *testing.T) {
	for _, tt := range []struct {
		n    float64
		want string
	}{
		{0, "0"},
		{950, "950"},
		{999, "999"},
		{1000, "1k"},
		{1234, "1.2k"},
		{99_940, "99.9k"},
		{99_960, "100k"},
		{123_456, "123k"},
		{2e6, "2M"},
		{999_960_000, "1000M"},
		{2.5e9, "2.5G"},
		{1e15, "1P"},
		{9.2e18, "9200P"},
	} {
		if got := human(tt.n); got != tt.want || utf8.RuneCountInString(got) > 5 {
			t.Errorf("human(%v) = %q; want %q", tt.n, got, tt.want)
		}
	}
}

func TestSpan(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"},
		{42 * time.Second, "42s"},
		{59*time.Second + 600*time.Millisecond, "1m 0s"},
		{185 * time.Second, "3m 5s"},
		{2*time.Hour + 10*time.Minute, "2h 10m"},
		{76 * time.Hour, "3d 4h"},
		{1<<63 - 1, "106751d"},
	} {
		if got := span(tt.d); got != tt.want || len(got) > 7 {
			t.Errorf("span(%v) = %q; want %q", tt.d, got, tt.want)
		}
	}
}

func TestPercentAndBar(t *testing.T) {
	for _, tt := range []struct {
		ratio         claude.Opt[float64]
		percent, bars string
	}{
		{claude.Opt[float64]{}, "?", "·····"},
		{claude.Some(0.0), "0 %", "░░░░░"},
		{claude.Some(0.796), "80 %", "████░"},
		{claude.Some(1.7), "170 %", "█████"},
		{claude.Some(1e6), ">999%", "█████"},
		{claude.Some(-1.0), "-100 %", "░░░░░"},
	} {
		if p, b := percent(tt.ratio), bar(tt.ratio, 5); p != tt.percent || b != tt.bars {
			t.Errorf("percent, bar of %v = %q, %q; want %q, %q", tt.ratio, p, b, tt.percent, tt.bars)
		}
	}
}

func TestWrapAndClip(t *testing.T) {
	long := strings.Repeat("word ", 40) + "end"
	got := wrap(long, "  ")
	if back := strings.ReplaceAll(strings.TrimSuffix(got, "\n"), "\n  ", " "); back != long {
		t.Errorf("wrap lost something: %q", got)
	}
	solid := strings.Repeat("é", 200)
	if got := wrap(solid, "  "); strings.Count(got, "é") != 200 || strings.Count(got, "\n") != 3 {
		t.Errorf("wrap of a word that is too long = %q; want it whole, in three lines", got)
	}
	for line := range strings.Lines(got + wrap(solid, "  ")) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > screen {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if got := clipLeft("/var/log/shop/app.log", 8); got != "…app.log" {
		t.Errorf("clipLeft = %q; want …app.log", got)
	}
	if l, r := clipLeft("app.log", 7), clip("app.log", 7); l != "app.log" || r != "app.log" {
		t.Errorf("what fits became %q and %q", l, r)
	}
	if got := printable("a\x1b[31mb\x00c\u009bd\xffe\r\n"); got != "a[31mbcde" {
		t.Errorf("printable = %q; want it without control characters", got)
	}
}
