package store

import (
	"math"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

func batchOf(calls ...claude.Call) collector.Batch {
	return collector.Batch{Source: "test", Calls: calls}
}

func TestPositionsAndCounts(t *testing.T) {
	db := open(t)
	p := collector.Position{
		ID: "1", Source: "/var/log/*.log", Path: "/var/log/a.log", Device: math.MaxUint64, Inode: 1 << 63, Offset: 10, Size: 20, HeadSize: 4,
		Head: []byte{1, 2}, TailHash: []byte{0}, State: []byte("{}"), UpdatedAt: noon,
	}
	counts := []collector.Count{
		{Source: "a", Kind: collector.CountLines, Reason: "json", N: 2},
		{Source: "a", Kind: collector.CountRejected, Reason: "invalid json", N: 1, Sample: "at byte 7"},
	}
	for i := range 2 {
		p.Offset += int64(i)
		counts[1].Sample = []string{"at byte 7", ""}[i] // the last one that there was is kept
		if _, err := db.Commit(t.Context(), collector.Batch{Source: "a", Positions: []collector.Position{p}, Counts: counts}); err != nil {
			t.Fatal(err)
		}
	}
	gotP, err := db.Positions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]collector.Position{p}, gotP); diff != "" {
		t.Errorf("positions differ (-want +got):\n%s", diff)
	}
	gotN, err := db.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts[0].N, counts[1].N, counts[1].Sample = 4, 2, "at byte 7"
	if diff := gocmp.Diff(counts, gotN); diff != "" {
		t.Errorf("counts differ (-want +got):\n%s", diff)
	}
}

func TestObservationsKeepTheLatestReset(t *testing.T) {
	reading := func(at, reset time.Duration, remaining int64) claude.Call {
		return claude.Call{Time: noon.Add(at * time.Second), Pool: "sonnet-5", ServerTime: noon, Readings: []claude.Reading{
			{Limiter: "input_tokens", Limit: claude.Some[int64](100), Remaining: claude.Some(remaining), Reset: noon.Add(reset * time.Second)},
		}}
	}
	idle := claude.Call{Time: noon, Pool: "sonnet-5", Readings: []claude.Reading{{Limiter: "input_tokens", Remaining: claude.Some[int64](100)}}}
	calls := []claude.Call{reading(0, 60, 1), reading(-2, 90, 2), reading(-1, 90, 3), idle, reading(-3, 90, 4)}
	together, apart := open(t), open(t)
	commitCalls(t, together, calls...)
	for _, c := range calls {
		commitCalls(t, apart, c)
	}
	want := []claude.Observation{{
		Bucket:  claude.Bucket{Pool: "sonnet-5", Limiter: "input_tokens"},
		Reading: calls[2].Readings[0], At: calls[2].Time, Server: noon,
	}}
	for name, db := range map[string]*DB{"in one batch": together, "in many": apart} {
		got, err := db.Observations(t.Context(), noon.Add(-time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s: observations differ (-want +got):\n%s", name, diff)
		}
		if got, err := db.Observations(t.Context(), noon.Add(time.Second)); len(got) != 0 || err != nil {
			t.Errorf("Observations after the last = %v, %v; want none", got, err)
		}
	}
}

func TestTraffic(t *testing.T) {
	db := open(t)
	call := func(minute int, org, model string, status int) claude.Call {
		return claude.Call{Time: noon.Add(time.Duration(minute) * time.Minute), Organization: org, Model: model, Status: status}
	}
	commitCalls(t, db, call(0, "a", "m", 200), call(0, "a", "n", 429), call(0, "b", "m", 529), call(1, "a", "m", 429), call(-1, "a", "m", 200))
	got, err := db.Traffic(t.Context(), noon.Add(30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	want := []claude.Traffic{
		{Minute: noon, Organization: "a", Calls: 2, RateLimited: 1},
		{Minute: noon, Organization: "b", Calls: 1, Overloaded: 1},
		{Minute: noon.Add(time.Minute), Organization: "a", Calls: 1, RateLimited: 1},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("traffic differs (-want +got):\n%s", diff)
	}
}
