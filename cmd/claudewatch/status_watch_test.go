package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// tinyTerminal is a terminal of some rows that understands what status --watch sends. Lines that scroll off its top are kept.
type tinyTerminal struct {
	rows, row int
	lines     []string
	scrolled  []string
}

func (s *tinyTerminal) write(text string) {
	for text != "" {
		switch {
		case strings.HasPrefix(text, "\x1b[K"):
			text = text[3:]
		case strings.HasPrefix(text, "\x1b[J"):
			s.lines, text = s.lines[:min(s.row, len(s.lines))], text[3:]
		case strings.HasPrefix(text, "\x1b["):
			n := 0
			_, _ = fmt.Sscanf(text, "\x1b[%dA", &n)
			s.row, text = max(0, s.row-n), text[strings.IndexByte(text, 'A')+1:]
		case text[0] == '\r':
			text = text[1:]
		default:
			end := strings.IndexByte(text, '\n')
			line, _, _ := strings.Cut(text[:end], "\x1b")
			for len(s.lines) <= s.row {
				s.lines = append(s.lines, "")
			}
			s.lines[s.row] = line
			if s.row++; s.row == s.rows {
				s.scrolled, s.lines, s.row = append(s.scrolled, s.lines[0]), s.lines[1:], s.row-1
			}
			text = text[end+1:]
		}
	}
}

// On a terminal each drawing takes the place of the one before, longer and shorter ones too, below what stood there; what is too long is
// cut, so that nothing is left behind in what scrolls away.
func TestStatusWatchDrawsInPlace(t *testing.T) {
	var out bytes.Buffer
	s := &statusWatch{w: &out, place: true, size: func() (int, int) { return 20, 6 }}
	term := &tinyTerminal{rows: 6, row: 2, lines: []string{"$ make", "$ claudewatch"}}
	for _, text := range []string{
		"one\ntwo\n", "one\ntwo\nthree\n", "1\n2\n3\n4\n5\n6\n7\n8\n", strings.Repeat("x", 50) + "\nlast\n",
	} {
		out.Reset()
		if err := s.draw(text); err != nil {
			t.Fatal(err)
		}
		term.write(out.String())
		want := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if len(want) > 5 {
			want = append(want[:4], "… 4 more lines; mak…")
		}
		shown := append([]string{"$ make", "$ claudewatch"}, want...)
		for i := range shown {
			shown[i] = clip(shown[i], 20)
		}
		got := append(append([]string(nil), term.scrolled...), term.lines...)
		if strings.Join(got, "\n") != strings.Join(shown, "\n") {
			t.Errorf("after %q the terminal shows %q; want %q", text, got, shown)
		}
	}
}

// Elsewhere one picture follows the other, an error is shown and the next one tried, and the end is no error.
func TestStatusWatchPrintsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := newStatusWatch(&out, 5*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		began := time.Now()
		err := s.run(ctx, func(context.Context) (picture, error) {
			n++
			switch n {
			case 2:
				return picture{}, errors.New("it is away\x1b[31m")
			case 4:
				cancel()
			}
			return picture{Now: time.Now(), Calls: int64(n)}, nil
		})
		if err != nil || time.Since(began) != 15*time.Second {
			t.Errorf("run = %v after %s; want no error after 15s", err, time.Since(began))
		}
		for _, want := range []string{"1 call stored", "\n\nclaudewatch: it is away[31m\n", "3 calls stored"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("status --watch printed %q; want %q", out.String(), want)
			}
		}
		if strings.Contains(out.String(), "\x1b") || strings.Contains(out.String(), "4 calls") {
			t.Errorf("status --watch printed %q; want no escapes, and nothing after the end", out.String())
		}
	})
}

func TestStatusWatchThatNeverSees(t *testing.T) {
	_, errOut, code := command(t, "status", "--watch", "--db", filepath.Join(t.TempDir(), "none.db"))
	if code != exitFailed || !strings.Contains(errOut, "no such file or directory") {
		t.Errorf("status --watch without a database = %d, %q; want its error", code, errOut)
	}
	for args, want := range map[string]string{"--watch -o json": "--watch shows a table, not json", "--interval 1ms": "--interval 1ms: shorter than 100ms"} {
		if _, errOut, code := command(t, append([]string{"status"}, strings.Fields(args)...)...); code != exitUsage || !strings.Contains(errOut, want) {
			t.Errorf("status %s = %d, %q; want %q", args, code, errOut, want)
		}
	}
}

// A running agent tells what the database does not: how far behind it is and what it can't read.
func TestStatusAsksTheAgent(t *testing.T) {
	dir := t.TempDir()
	db, log := filepath.Join(dir, "cw.db"), filepath.Join(dir, "app.log")
	if err := os.WriteFile(log, []byte("no call\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := startAgent(t, strings.NewReader(""), "--db", db, "--tail", log)
	var p picture
	for end := time.Now().Add(patience); ; {
		text, _, _ := command(t, "status", "--db", db, "-o", "json")
		p = picture{}
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if len(p.Sources) > 0 && p.Sources[0].LagBytes == claude.Some[int64](0) || time.Now().After(end) {
			break
		}
	}
	if p.Agent != a.url || len(p.Sources) != 1 || p.Sources[0].LagBytes != claude.Some[int64](0) || !p.PerSecond.Known() {
		t.Errorf("status of the agent at %s = %+v; want its address, a source without lag and a rate", a.url, p)
	}
	table, _, _ := command(t, "status", "--db", db)
	if !strings.Contains(table, "agent at "+a.url) || !strings.Contains(table, "0 B") {
		t.Errorf("status:\n%s\nwant the agent's address and its lag", table)
	}
	if _, page := a.get(t, "/"); !strings.Contains(page, "agent at "+a.url) {
		t.Errorf("page:\n%s\nwant the agent's address", page)
	}
	a.stop()
	table, _, code := command(t, "status", "--db", db)
	if code != exitDone || !strings.Contains(table, "from the database: no agent answers") {
		t.Errorf("status without the agent = %d:\n%s\nwant the database's", code, table)
	}
}

func TestStatusShowsWhereLimitsComeFrom(t *testing.T) {
	now := time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)
	read := claude.Level{
		Bucket: claude.Bucket{Provider: "anthropic", Pool: "sonnet-5", Limiter: "input_tokens"}, Limit: claude.Some[int64](2_000_000), From: claude.LimitFromHeaders,
		Observed: now.Add(-12 * time.Second), Fill: claude.Some(0.5), Load2m: claude.Some(0.25), Load10m: claude.Some(0.1), Unattributed: claude.Some(0.3),
	}
	configured := claude.Level{
		Bucket: claude.Bucket{Provider: "anthropic", Pool: "opus-5", Limiter: "requests"}, Limit: claude.Some[int64](4000), From: claude.LimitFromConfig,
		Load2m: claude.Some(0.0), Load10m: claude.Some(0.0), Unattributed: claude.Some(0.01),
	}
	var b strings.Builder
	if err := showTable(&b, picture{Now: now, Buckets: []claude.Level{read, configured}}); err != nil {
		t.Fatal(err)
	}
	narrow(t, b.String())
	flat := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"sonnet-5 input_tokens 2M ██░░ 50% █░░░ 25% 10 % - - 12s", "opus-5 requests 4k ···· ? ░░░░ 0% 0 % - - config",
		"sonnet-5 input_tokens: 30 % of the use comes from outside of the watched apps, at least",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("status:\n%s\nwant %q", b.String(), want)
		}
	}
	if strings.Contains(flat, "opus-5 requests: 1 %") {
		t.Errorf("status:\n%s\nspeaks of a hundredth that nobody explains", b.String())
	}
}
