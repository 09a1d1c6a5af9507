package main

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
)

func TestMtailCounts(t *testing.T) {
	const out = `{"calls":[{"Name":"calls","LabelValues":[{"Labels":["200","claude-sonnet-5"],"Value":{"Value":584,"Time":1}},{"Labels":["429","claude-opus-5-5"],"Value":{"Value":4}}]}]}`
	n, err := mtailCounts([]byte(out))
	if want := (counts{"200 claude-sonnet-5": 584, "429 claude-opus-5-5": 4}); err != nil || !maps.Equal(n, want) {
		t.Errorf("mtailCounts() = %v, %v; want %v", n, err, want)
	}
	if n, err := mtailCounts([]byte(`{}`)); err == nil {
		t.Errorf("mtailCounts({}) = %v, nil; want an error", n)
	}
}

func TestRsyslogCountsAreTheLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stats.json")
	if n, err := rsyslogCounts(path); err != nil || n.total() != 0 {
		t.Errorf("rsyslogCounts(no file) = %v, %v; want none", n, err)
	}
	const text = `Sat Nov 21 20:26:40 2026: { "name": "calls", "origin": "dynstats.bucket", "values": { "200 a": 5 } }
Sat Nov 21 20:26:41 2026: { "name": "global", "origin": "dynstats", "values": { "calls.ops_overflow": 0 } }
Sat Nov 21 20:26:41 2026: { "name": "calls", "origin": "dynstats.bucket", "values": { "200 a": 7, "529 b": 2 } }
Sat Nov 21 20:26:42 2026: { "name": "calls", "origin": "dynstats.bu`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := rsyslogCounts(path)
	if want := (counts{"200 a": 7, "529 b": 2}); err != nil || !maps.Equal(n, want) {
		t.Errorf("rsyslogCounts() = %v, %v; want %v", n, err, want)
	}
}

func TestTallyTellsLostFromDoubled(t *testing.T) {
	got := tally(5, map[int]int{1: 1, 2: 3, 4: 1, 5: 2})
	if want := (toll{written: 5, lost: 1, doubled: 3}); got != want {
		t.Errorf("tally() = %+v; want %+v", got, want)
	}
}

func TestPercentIsZeroOnlyForNone(t *testing.T) {
	for n, want := range map[int]string{0: "0", 1: "1 lines", 1000: "2.0"} {
		if got := percent(n, 50_000); got != want {
			t.Errorf("percent(%d, 50000) = %s; want %s", n, got, want)
		}
	}
}

func TestVerdictSaysWhatDiffers(t *testing.T) {
	reference := &row{counted: counts{"200 a": 2, "429 a": 1}}
	c := corpus{Stats: applog.Stats{Calls: 3}}
	for want, n := range map[string]counts{"all": {"200 a": 2, "429 a": 1}, "2 of 3": {"200 a": 2}, "other labels": {"200 a": 3}} {
		if got := verdict(&row{counted: n}, reference, c); got != want {
			t.Errorf("verdict(%v) = %s; want %s", n, got, want)
		}
	}
}

func TestNumbersAreCountedPerLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seen")
	if err := os.WriteFile(path, []byte("{\"n\":1,\"a\"}\n\"n\":2\n{\"n\":3,}\n{\"n\":3,}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := numbersIn(path)
	if want := map[int]int{1: 1, 3: 2}; err != nil || !maps.Equal(n, want) {
		t.Errorf("numbersIn() = %v, %v; want %v", n, err, want)
	}
}
