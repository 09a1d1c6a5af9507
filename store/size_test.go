package store

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// sizeEnv says how many calls the test of sizes stores.
const sizeEnv = "CLAUDEWATCH_SIZE_CALLS"

// siteCall is a call of a site with 10 apps, 6 models and 300 users, four a second: each app has its users and two or three models, one call
// in a hundred is refused.
func siteCall(n int, rnd *rand.Rand) claude.Call {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var id strings.Builder
	for range 20 {
		id.WriteByte(alphabet[rnd.IntN(len(alphabet))])
	}
	user := int(math.Sqrt(rnd.Float64()) * 300) // some use far more than others
	app := user % 10
	model := []string{"claude-opus-5", "claude-sonnet-5", "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-4-8", "claude-haiku-4-5"}[(app+rnd.IntN(3))%6]
	at := noon.AddDate(0, 0, -10).Add(time.Duration(n) * 260 * time.Millisecond)
	c := claude.Call{
		Time: at, RequestID: "req_011C" + id.String(), MessageID: "msg_01" + id.String() + "Zz", Provider: "anthropic", Organization: "2f7f9ee4-1f54-4d5b-8c3a-6a1d3c5b7e90",
		Workspace: fmt.Sprint("wrkspc_", app%3), App: fmt.Sprint("app-", app), User: fmt.Sprint("user-", user), Model: model,
		Pool: claude.Pool(strings.TrimPrefix(model, "claude-")), Status: 200, DurationSeconds: claude.Some(math.Round(math.Exp(rnd.NormFloat64()+1)*1000) / 1000),
		Usage: usage(rnd.Int64N(5000), rnd.Int64N(2000)), CostUSD: claude.Some(float64(rnd.IntN(1_000_000)) / 1e7), Stream: claude.Some(true),
		Source: fmt.Sprintf("/var/log/app-%d.log", app),
	}
	c.Usage.CacheReadInputTokens, c.Usage.ServiceTier = claude.Some(rnd.Int64N(90_000)), "standard"
	if rnd.IntN(100) == 0 {
		c.Status, c.ErrorType, c.Cause, c.RetryAfterSeconds = 429, "rate_limit_error", claude.CauseRateLimit, claude.Some(float64(rnd.IntN(30)))
		c.Usage, c.CostUSD, c.MessageID = claude.Usage{}, claude.Opt[float64]{}, ""
	}
	for i, l := range []claude.Limiter{"requests", "input_tokens", "output_tokens", "tokens"} {
		limit := []int64{4000, 2_000_000, 400_000, 2_400_000}[i]
		c.Readings = append(c.Readings, claude.Reading{
			Limiter: l, Limit: claude.Some(limit), Remaining: claude.Some(limit - rnd.Int64N(limit/2)/1000*1000), Reset: at.Add(time.Second).Truncate(time.Second),
		})
	}
	return c
}

// TestBytesPerCall prints what each table takes and holds all of them to the published figure.
func TestBytesPerCall(t *testing.T) {
	n := 60_000
	if text := os.Getenv(sizeEnv); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	db := open(t)
	rnd := rand.New(rand.NewPCG(3, 3))
	for from := 0; from < n; from += 500 {
		calls := make([]claude.Call, 500)
		for i := range calls {
			calls[i] = siteCall(from+i, rnd)
		}
		commitCalls(t, db, calls...)
	}
	pages := func(pragma string) (pages int64) {
		if err := db.writer.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&pages); err != nil {
			t.Fatal(err)
		}
		return pages
	}
	perCall := func(pages int64) float64 { return float64(4096*pages) / float64(n) }
	all := pages("page_count") - pages("freelist_count")
	for _, table := range []string{"calls", "key_blocks", "key_runs", "minutes", "hours", "day_rows", "day_blocks", "names", "scopes", "latest_readings"} {
		var rows int64
		if err := db.writer.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		before := pages("freelist_count")
		if _, err := db.writer.ExecContext(t.Context(), "DROP TABLE "+table); err != nil {
			t.Fatal(err)
		}
		t.Logf("%-16s %8d rows %6.1f bytes a call", table, rows, perCall(pages("freelist_count")-before))
	}
	t.Logf("%-16s %8d calls %5.1f bytes a call", "all", n, perCall(all))
	limit := 135.0 // of a million calls, what the documentation says
	if n < 1_000_000 {
		limit += 5 // users and days are shared by fewer
	}
	if got := perCall(all); got > limit {
		t.Errorf("%d calls take %.1f bytes each; want %g at most", n, got, limit)
	}
}
