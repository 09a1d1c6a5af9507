package store

import (
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// After calls and minutes were taken out, a report answers from what is left, exactly, and says what it had to leave out.
func TestReportSaysWhatIsKeptNoLonger(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "test.db"), noon)
	from := noon.AddDate(0, 0, -10)
	calls := reportCalls(9, 2500, from, noon)
	commitInBatches(t, db, calls, 500)
	if _, err := db.Prune(t.Context(), Retention{Calls: 3 * 24 * time.Hour, Minutes: 6 * 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	agree(t, db, calls, ReportQuery{From: from.Truncate(time.Hour), To: noon, Zone: time.UTC, By: []Dimension{ByApp}, Latency: true})
	agree(t, db, calls, ReportQuery{From: from.Add(36 * time.Hour).Truncate(24 * time.Hour), To: noon, Zone: time.UTC, By: []Dimension{ByUser}, Latency: true})
	agree(t, db, calls, ReportQuery{From: noon.AddDate(0, 0, -2), To: noon, Zone: time.UTC, By: []Dimension{ByUser, ByHour}, Latency: true})

	calls3, minutes6 := noon.AddDate(0, 0, -3), noon.AddDate(0, 0, -6)
	odd := noon.AddDate(0, 0, -8).Add(10 * time.Minute)
	for _, c := range []struct {
		name    string
		q       ReportQuery
		want    []ReportGap
		counted ReportQuery // what is left of the span
	}{
		{
			"users from the middle of an old day on",
			ReportQuery{From: odd, To: noon, By: []Dimension{ByUser}},
			[]ReportGap{{odd, odd.Truncate(24*time.Hour).AddDate(0, 0, 1), false}},
			ReportQuery{From: odd.Truncate(24*time.Hour).AddDate(0, 0, 1), To: noon},
		},
		{
			"an old time within an hour, before minutes are kept",
			ReportQuery{From: odd, To: noon, By: []Dimension{ByApp}},
			[]ReportGap{{odd, odd.Truncate(time.Hour).Add(time.Hour), false}},
			ReportQuery{From: odd.Truncate(time.Hour).Add(time.Hour), To: noon},
		},
		{
			"a time within an hour of which minutes are kept, with latency",
			ReportQuery{From: minutes6.Add(90 * time.Minute), To: noon, By: []Dimension{ByApp}, Latency: true},
			[]ReportGap{{minutes6.Add(90 * time.Minute), minutes6.Add(2 * time.Hour), true}},
			ReportQuery{From: minutes6.Add(90 * time.Minute), To: noon},
		},
		{
			"users by hour",
			ReportQuery{From: minutes6, To: noon, By: []Dimension{ByUser, ByHour}},
			[]ReportGap{{minutes6, calls3, false}},
			ReportQuery{From: calls3, To: noon},
		},
	} {
		rep, err := db.Report(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(c.want, rep.Gaps); diff != "" {
			t.Errorf("%s: gaps differ (-want +got):\n%s", c.name, diff)
		}
		c.counted.Zone = time.UTC
		var want ReportSums
		for _, s := range recountReport(calls, c.counted) {
			want.Add(s)
		}
		if got, want := shown(&rep.Total, false), shown(&want, false); got != want {
			t.Errorf("%s: total %s; want that of what is left, %s", c.name, got, want)
		}
	}
}

// The coarsest tables that tell all are read, and no more of the finer ones than the ends of a span.
func TestReportReadsTheCoarsestSums(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "test.db"), noon)
	commitInBatches(t, db, reportCalls(4, 3000, noon.AddDate(0, 0, -10), noon), 500)
	from, to := noon.AddDate(0, 0, -8).Truncate(24*time.Hour), noon.AddDate(0, 0, -2).Truncate(24*time.Hour)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q    ReportQuery
		want []string
	}{
		{ReportQuery{From: from, To: to, By: []Dimension{ByUser}}, []string{"days"}},
		{ReportQuery{From: from, To: to.Add(3 * time.Hour), By: []Dimension{ByUser}}, []string{"calls", "days"}},
		{ReportQuery{From: from.Add(time.Hour), To: to, By: []Dimension{ByHour}, Latency: true}, []string{"hours"}},
		{ReportQuery{From: from.Add(time.Hour), To: to, By: []Dimension{ByDay}, Zone: berlin, Latency: true}, []string{"hours"}},
		{ReportQuery{From: from.Add(time.Minute), To: from.Add(3 * time.Hour), By: []Dimension{ByApp}}, []string{"hours", "minutes"}},
		{ReportQuery{From: from.Add(time.Minute), To: from.Add(3 * time.Hour), By: []Dimension{ByApp}, Latency: true}, []string{"calls", "hours"}},
		{ReportQuery{From: from, To: from.Add(3 * time.Hour), By: []Dimension{ByMinute}}, []string{"minutes"}},
		{ReportQuery{From: from, To: from.Add(3 * time.Hour), By: []Dimension{ByUser, ByHour}}, []string{"calls"}},
	} {
		rep, err := db.Report(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, table := range []string{"calls", "days", "hours", "minutes"} {
			if rep.RowsRead[table] > 0 {
				got = append(got, table)
			}
		}
		if diff := gocmp.Diff(c.want, got); diff != "" || len(rep.Gaps) > 0 {
			t.Errorf("report by %v from %v to %v read other tables (-want +got), gaps %v:\n%s", c.q.By, c.q.From, c.q.To, rep.Gaps, diff)
		}
	}
}
