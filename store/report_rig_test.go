package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// reportCalls makes calls of all kinds, spread over a time.
func reportCalls(seed uint64, n int, from, to time.Time) []claude.Call {
	rnd := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a test wants the same calls each time
	all := make([]claude.Call, n)
	for i := range all {
		c := &all[i]
		*c = claude.Call{
			Time: from.Add(time.Duration(rnd.Int64N(int64(to.Sub(from))))).Truncate(time.Millisecond), RequestID: fmt.Sprint("req_", seed, "_", i),
			Provider: "anthropic", Workspace: fmt.Sprint("ws", rnd.IntN(2)), App: []string{"", "shop", "mail"}[rnd.IntN(3)],
			Model: []string{"claude-sonnet-5", "claude-opus-5", "own"}[rnd.IntN(3)], Source: "log",
		}
		c.Pool = claude.ParseModel(c.Model).Pool
		if u := rnd.IntN(8); u > 0 {
			c.User = fmt.Sprint("u", u)
		}
		switch k := rnd.IntN(20); {
		case k < 2:
			c.Status, c.ErrorType, c.Cause = 429, "rate_limit_error", claude.CauseRateLimit
			c.RetryAfterSeconds = claude.Some(float64(rnd.IntN(9000)) / 1000)
		case k < 3:
			c.Status, c.ErrorType, c.Cause = 200, "overloaded_error", claude.CauseOverloaded
		case k < 4:
			c.Status = 0
		default:
			c.Status = 200
			c.Usage = usage(rnd.Int64N(5000), rnd.Int64N(900))
			c.Usage.CacheReadInputTokens, c.Usage.CacheCreationInputTokens = claude.Some(rnd.Int64N(40_000)), claude.Some(rnd.Int64N(3000))
			c.Usage.CacheCreation.Ephemeral1h = claude.Some(rnd.Int64N(1000))
			c.DurationSeconds = claude.Some(float64(1+rnd.IntN(30_000)) / 1000)
			if c.Model != "own" {
				c.CostUSD = claude.Some(float64(rnd.IntN(1e6)) / 1e6)
			}
		}
		if rnd.IntN(5) == 0 {
			c.Retry = claude.Some(rnd.Int64N(3))
			c.Usage.ServiceTier = "standard"
			c.Readings = []claude.Reading{{Limiter: "requests", Limit: claude.Some[int64](4000), Remaining: claude.Some[int64](9), Reset: c.Time.Add(time.Second)}}
		}
	}
	return all
}

func commitInBatches(t testing.TB, db *DB, calls []claude.Call, size int) {
	t.Helper()
	for part := range slices.Chunk(calls, size) {
		if _, err := db.Commit(t.Context(), collector.Batch{Source: "test", Calls: part}); err != nil {
			t.Fatal(err)
		}
	}
}

// recountReport is a report by the calls themselves, made the plainest way there is.
func recountReport(calls []claude.Call, q ReportQuery) map[string]*ReportSums {
	rows := map[string]*ReportSums{}
	for i := range calls {
		c := &calls[i]
		if c.Time.Before(q.From) || !c.Time.Before(q.To) {
			continue
		}
		wanted := true
		for _, f := range q.Where {
			wanted = wanted && f.matches(valueOf(c, f.Dimension, q.Zone))
		}
		if !wanted {
			continue
		}
		values := make([]string, len(q.By))
		for j, d := range q.By {
			values[j] = valueOf(c, d, q.Zone)
		}
		text := strings.Join(values, "|")
		if rows[text] == nil {
			rows[text] = &ReportSums{}
		}
		s := sumsOf(c)
		rows[text].addColumns(&[summedColumns]int64{s[0], s[1], s[2], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[14], s[15], s[16]})
		if d, ok := c.DurationSeconds.Get(); ok {
			rows[text].latency.add(d)
		}
	}
	return rows
}

func valueOf(c *claude.Call, d Dimension, zone *time.Location) string {
	local := c.Time.In(zone)
	switch d {
	case ByModel:
		return c.Model
	case ByPool:
		return string(c.Pool)
	case ByApp:
		return c.App
	case ByUser:
		return c.User
	case ByWorkspace:
		return c.Workspace
	case ByOrganization:
		return c.Organization
	case ByProvider:
		return c.Provider
	case ByCause:
		return string(c.Cause)
	case ByStatus:
		if c.Status == 0 {
			return ""
		}
		return strconv.Itoa(c.Status)
	case ByDay:
		return local.Format(time.DateOnly)
	case ByHour:
		return local.Add(-time.Duration(local.Minute())*time.Minute - time.Duration(local.Second())*time.Second).Format("2006-01-02T15:00:00Z07:00")
	default:
		return local.Format("2006-01-02T15:04:00Z07:00")
	}
}

// shown is what of sums a report shows, so that they can be compared.
func shown(s *ReportSums, latency bool) string {
	text := fmt.Sprint(s.Calls, s.RateLimited, s.Overloaded, s.Retries, s.RetryDelay, s.Measured, s.Tokens, s.Priced, s.CostUSD(), s.Unpriced)
	if latency {
		text += fmt.Sprint(s.Seconds(0.5), s.Seconds(0.95), s.Seconds(0.99))
	}
	return text
}

// agree fails where a report is not what the calls come to.
func agree(t *testing.T, db *DB, calls []claude.Call, q ReportQuery) {
	t.Helper()
	rep, err := db.Report(t.Context(), q)
	if err != nil {
		t.Fatalf("Report(%v): %v", q, err)
	}
	want := recountReport(calls, q)
	var total ReportSums
	for _, s := range want {
		total.Add(s)
	}
	if got, want := shown(&rep.Total, q.Latency), shown(&total, q.Latency); got != want {
		t.Errorf("total of report by %v in %v from %v to %v = %s; want %s", q.By, q.Zone, q.From, q.To, got, want)
	}
	if len(rep.Rows) != len(want) || len(rep.Gaps) != 0 {
		t.Errorf("report by %v in %v has %d rows and gaps %v; want %d and none", q.By, q.Zone, len(rep.Rows), rep.Gaps, len(want))
	}
	for i := range rep.Rows {
		key := strings.Join(rep.Rows[i].Values, "|")
		w := want[key]
		if w == nil {
			t.Errorf("report by %v in %v has a row %q that no call is in", q.By, q.Zone, key)
			continue
		}
		if got, want := shown(&rep.Rows[i].ReportSums, q.Latency), shown(w, q.Latency); got != want {
			t.Errorf("report by %v in %v, row %q = %s; want %s", q.By, q.Zone, key, got, want)
		}
	}
}
