package store

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// springForward and fallBack are when clocks change in Berlin, and near to when they do elsewhere.
var (
	springForward = time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)
	fallBack      = time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)
)

// A report by anything, in any zone, over any span, is what the calls come to one by one: on days of 23 and 25 hours, in zones of half
// hours, in one whose day begins at 01:00 when clocks change, and in one whose clocks change by half an hour.
func TestReportsAreWhatTheCallsComeTo(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Kiritimati"}
	rnd := rand.New(rand.NewPCG(3, 3)) //nolint:gosec // a test wants the same spans each time
	for _, change := range []time.Time{springForward, fallBack} {
		db := openAt(t, filepath.Join(t.TempDir(), "test.db"), change.Add(80*time.Hour))
		from := change.Add(-73 * time.Hour)
		calls := reportCalls(uint64(change.Unix()), 3000, from, change.Add(75*time.Hour))
		commitInBatches(t, db, calls, 500)
		for _, name := range zones {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 6 {
				q := ReportQuery{From: from, To: change.Add(75 * time.Hour), Zone: zone, By: randomBy(rnd), Latency: i%2 == 0}
				if i > 1 { // ends anywhere
					q.From = q.From.Add(time.Duration(rnd.Int64N(int64(60 * time.Hour)))).Truncate(time.Millisecond)
					q.To = q.To.Add(-time.Duration(rnd.Int64N(int64(60 * time.Hour)))).Truncate(time.Millisecond)
				}
				agree(t, db, calls, q)
			}
			agree(t, db, calls, ReportQuery{From: from, To: change.Add(75 * time.Hour), Zone: zone, By: []Dimension{ByDay}, Latency: true})
			agree(t, db, calls, ReportQuery{From: from, To: change.Add(75 * time.Hour), Zone: zone, By: []Dimension{ByDay, ByHour}})
		}
	}
}

func randomBy(rnd *rand.Rand) []Dimension {
	var by []Dimension
	for _, d := range Dimensions() {
		if rnd.IntN(4) == 0 && d != ByMinute || d == ByMinute && rnd.IntN(12) == 0 {
			by = append(by, d)
		}
	}
	return by
}

// However calls are told apart, they add up to the same.
func TestReportsAddUpToTheSameTotal(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "test.db"), noon)
	commitInBatches(t, db, reportCalls(1, 2000, noon.AddDate(0, 0, -9), noon), 300)
	q := ReportQuery{From: noon.AddDate(0, 0, -8).Add(7 * time.Minute), To: noon.Add(-time.Hour), Latency: true}
	rep, err := db.Report(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := shown(&rep.Total, true)
	for _, d := range Dimensions() {
		q.By = []Dimension{d}
		rep, err := db.Report(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var sum ReportSums
		for i := range rep.Rows {
			sum.Add(&rep.Rows[i].ReportSums)
		}
		if got := shown(&sum, true); got != want || shown(&rep.Total, true) != want || len(rep.Rows) == 0 {
			t.Errorf("rows by %s add up to %s, total %s; want %s", d, got, shown(&rep.Total, true), want)
		}
	}
}

// Sightings of the same calls give the same reports in whatever order they come: half of them tell the headers, the other half the usage.
func TestReportsDoNotDependOnTheOrderOfSightings(t *testing.T) {
	calls := reportCalls(5, 400, noon.AddDate(0, 0, -3), noon)
	var sightings []claude.Call
	for _, c := range calls {
		head, tail := c, c
		head.Usage, head.CostUSD, head.User = claude.Usage{}, claude.Opt[float64]{}, ""
		tail.Status, tail.ErrorType, tail.Cause, tail.DurationSeconds, tail.Readings = 0, "", "", claude.Opt[float64]{}, nil
		sightings = append(sightings, head, tail)
	}
	var want string
	for seed := range uint64(3) {
		rnd := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test wants the same orders each time
		rnd.Shuffle(len(sightings), func(i, j int) { sightings[i], sightings[j] = sightings[j], sightings[i] })
		db := openAt(t, filepath.Join(t.TempDir(), "test.db"), noon)
		commitInBatches(t, db, sightings, 37)
		var all strings.Builder
		for _, by := range [][]Dimension{{ByUser}, {ByApp, ByStatus}, {ByDay, ByModel}, {ByHour, ByCause}} {
			rep, err := db.Report(t.Context(), ReportQuery{By: by, Latency: true})
			if err != nil {
				t.Fatal(err)
			}
			for i := range rep.Rows {
				all.WriteString(strings.Join(rep.Rows[i].Values, "|") + " " + shown(&rep.Rows[i].ReportSums, true) + "\n")
			}
		}
		if want == "" {
			want = all.String()
			agree(t, db, allCalls(t, db), ReportQuery{From: noon.AddDate(0, 0, -4), To: noon.Add(time.Hour), Zone: time.UTC, By: []Dimension{ByUser}, Latency: true})
		}
		if all.String() != want {
			t.Errorf("reports after order %d differ from those after order 0", seed)
		}
	}
}

func TestReportFilters(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "test.db"), noon)
	calls := reportCalls(2, 1500, noon.AddDate(0, 0, -4), noon)
	commitInBatches(t, db, calls, 500)
	is := func(d Dimension, v string) ReportFilter { return ReportFilter{Dimension: d, Is: claude.Some(v)} }
	starts := func(d Dimension, v string) ReportFilter {
		return ReportFilter{Dimension: d, Match: func(s string) bool { return strings.HasPrefix(s, v) }}
	}
	for _, where := range [][]ReportFilter{
		{is(ByApp, "shop")},
		{is(ByApp, "")},
		{is(ByUser, "u3")},
		{is(ByUser, "")},
		{is(ByUser, "nobody")},
		{is(ByStatus, "429")},
		{is(ByStatus, "")},
		{is(ByCause, "overloaded"), is(ByUser, "u1")},
		{starts(ByModel, "claude-"), starts(ByUser, "u"), starts(ByStatus, "2")},
		{starts(ByCause, "r"), starts(ByWorkspace, "ws1")},
	} {
		for _, by := range [][]Dimension{{}, {ByModel}, {ByUser, ByStatus}, {ByHour, ByCause}, {ByHour, ByUser}} {
			agree(t, db, calls, ReportQuery{
				From: noon.AddDate(0, 0, -4).Add(time.Minute), To: noon.Add(-90 * time.Second), Zone: time.UTC, By: by, Where: where, Latency: true,
			})
		}
	}
}

// Reports that run at the same time as each other and as commits all end, and each sees whole commits only.
func TestReportsAtTheSameTimeAsCommits(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "test.db"), noon)
	calls := reportCalls(6, 3000, noon.AddDate(0, 0, -4), noon)
	const batch = 50
	var wait sync.WaitGroup
	var writing atomic.Bool
	writing.Store(true)
	for range 4 {
		wait.Go(func() {
			for again := true; again; {
				again = writing.Load()
				rep, err := db.Report(t.Context(), ReportQuery{By: []Dimension{ByUser, ByHour}, Latency: true})
				if err != nil || rep.Total.Calls%batch != 0 {
					t.Errorf("Report = %d calls, %v; want whole batches of %d", rep.Total.Calls, err, batch)
					return
				}
			}
		})
	}
	commitInBatches(t, db, calls, batch)
	writing.Store(false)
	wait.Wait()
	agree(t, db, calls, ReportQuery{From: noon.AddDate(0, 0, -5), To: noon.Add(time.Hour), Zone: time.UTC, By: []Dimension{ByUser, ByHour}, Latency: true})
}

func TestReportOfAnEmptyStoreAndBadQueries(t *testing.T) {
	db := open(t)
	rep, err := db.Report(t.Context(), ReportQuery{By: []Dimension{ByModel}, Latency: true})
	if err != nil || len(rep.Rows) != 0 || rep.Total.Calls != 0 || rep.Total.CostUSD().Known() || rep.Total.Seconds(0.5).Known() {
		t.Errorf("Report of an empty store = %+v, %v; want nothing, and nothing known", rep, err)
	}
	for want, q := range map[string]ReportQuery{
		`report by "foo": no such dimension`:            {By: []Dimension{"foo"}},
		`report where "day": no such dimension`:         {Where: []ReportFilter{{Dimension: ByDay, Is: claude.Some("x")}}},
		"report where app: neither a value nor a match": {Where: []ReportFilter{{Dimension: ByApp}}},
		"report: it ends before it begins":              {From: noon, To: noon.Add(-1)},
	} {
		if _, err := db.Report(t.Context(), q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Report(%v) = %v; want %s", q, err, want)
		}
	}
}
