package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// clockwork is a clock that a test moves.
type clockwork struct{ at time.Time }

func (c *clockwork) now() time.Time { return c.at }

func newTestProgress(w *bytes.Buffer, terminal bool, total int64) (*progress, *clockwork) {
	c := &clockwork{time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)}
	return &progress{w: w, now: c.now, terminal: terminal, total: total, began: c.at, shown: c.at}, c
}

func TestProgressOnATerminalIsOneLineDrawnTenTimesASecondAtMost(t *testing.T) {
	var out bytes.Buffer
	p, clock := newTestProgress(&out, true, 400_000_000)
	for i := range int64(1000) { // a second
		clock.at = clock.at.Add(time.Millisecond)
		p.at("/var/log/shop/app.log", 100_000*(i+1))
	}
	p.clear()
	drawn := strings.Split(out.String(), "\r\x1b[K")[1:]
	if len(drawn) != 11 || drawn[10] != "" || strings.Contains(out.String(), "\n") {
		t.Fatalf("%d pieces, the last %q; want 10 drawings in place and the line cleared", len(drawn), drawn[len(drawn)-1])
	}
	if want := "…og/shop/app.log  [==        ]  25 %  100.0 MB of 400.0 MB  100.0 MB/s  3s left"; drawn[9] != want {
		t.Errorf("last drawing %q; want %q", drawn[9], want)
	}
	for _, d := range drawn {
		if n := len([]rune(d)); n > 79 {
			t.Errorf("%q is %d columns wide; want no more than 79", d, n)
		}
	}
}

func TestProgressElsewhereIsALineNowAndThen(t *testing.T) {
	var out bytes.Buffer
	p, clock := newTestProgress(&out, false, -1)
	for i := range int64(250) { // 25 seconds
		clock.at = clock.at.Add(100 * time.Millisecond)
		p.at("-", 1_000_000*(i+1))
	}
	p.clear()
	if got, want := out.String(), "-  100.0 MB  10.0 MB/s\n-  200.0 MB  10.0 MB/s\n"; got != want {
		t.Errorf("progress %q; want %q", got, want)
	}
}

func TestProgressAddsUpFilesAndShowsNoControlCharacters(t *testing.T) {
	var out bytes.Buffer
	p, clock := newTestProgress(&out, false, 4000)
	p.file("app.log", 1000)
	p.file("pipe", -1)
	clock.at = clock.at.Add(10 * time.Second)
	p.at("a\x1b[2J.log", 1000)
	if got, want := out.String(), "a[2J.log  [=====     ]  50 %  2.0 kB of 4.0 kB  200 B/s  10s left\n"; got != want {
		t.Errorf("progress %q; want %q", got, want)
	}
}

func TestFilesAreNoTerminals(t *testing.T) {
	if isTerminal(&bytes.Buffer{}) {
		t.Error("a buffer is taken for a terminal")
	}
	if totalSize([]string{"-"}) != -1 || totalSize([]string{t.TempDir(), "none"}) != 0 {
		t.Error("totalSize: want -1 with standard input and 0 of what can't be read")
	}
}
