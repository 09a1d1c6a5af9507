package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// benchCall is an ordinary call with both ids, usage and four readings, about four calls a second over time.
func benchCall(n int, ordered bool, rnd *rand.Rand) claude.Call {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	id := fmt.Sprintf("011C%020d", n)
	if !ordered {
		var b strings.Builder
		for range 24 {
			b.WriteByte(alphabet[rnd.IntN(len(alphabet))])
		}
		id = b.String()
	}
	user := rnd.IntN(500)
	at := noon.Add(time.Duration(n) * 260 * time.Millisecond)
	c := claude.Call{
		Time: at, RequestID: "req_" + id, MessageID: "msg_" + id, Provider: "anthropic", Organization: "org", Workspace: "wrkspc_1",
		App: fmt.Sprint("app", user%4), User: fmt.Sprint("user", user), Model: fmt.Sprint("claude-sonnet-", user%3), Status: 200,
		DurationSeconds: claude.Some(float64(rnd.IntN(20_000)) / 1000), Usage: usage(rnd.Int64N(5000), rnd.Int64N(2000)),
		CostUSD: claude.Some(float64(rnd.IntN(100_000)) / 1e6), Source: "/var/log/app.log",
	}
	c.Usage.CacheReadInputTokens = claude.Some(rnd.Int64N(90_000))
	for i, l := range []claude.Limiter{"requests", "input_tokens", "output_tokens", "tokens"} {
		limit := []int64{4000, 2_000_000, 400_000, 2_400_000}[i]
		c.Readings = append(c.Readings, claude.Reading{
			Limiter: l, Limit: claude.Some(limit), Remaining: claude.Some(limit - rnd.Int64N(limit/2)/1000*1000), Reset: at.Add(time.Second).Truncate(time.Second),
		})
	}
	return c
}

func BenchmarkCommit(b *testing.B) {
	for _, ordered := range []bool{true, false} {
		b.Run(fmt.Sprintf("ordered=%t", ordered), func(b *testing.B) {
			db := open(b)
			rnd := rand.New(rand.NewPCG(1, 1))
			n := 0
			for b.Loop() {
				b.StopTimer()
				calls := make([]claude.Call, 1000)
				for i := range calls {
					calls[i] = benchCall(n, ordered, rnd)
					n++
				}
				b.StartTimer()
				commitCalls(b, db, calls...)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "calls/s")
			if _, err := db.writer.ExecContext(b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(db.Bytes())/float64(n), "B/call")
		})
	}
}

// BenchmarkCommitKnown commits calls of one day that are stored already.
func BenchmarkCommitKnown(b *testing.B) {
	db := open(b)
	var batches [][]claude.Call
	rnd := rand.New(rand.NewPCG(1, 1))
	for n := 0; n < 100_000; n += 1000 {
		calls := make([]claude.Call, 1000)
		for i := range calls {
			calls[i] = benchCall(n+i, false, rnd)
		}
		commitCalls(b, db, calls...)
		batches = append(batches, calls)
	}
	n := 0
	for b.Loop() {
		commitCalls(b, db, batches[n%len(batches)]...)
		n++
	}
	b.ReportMetric(float64(1000*n)/b.Elapsed().Seconds(), "calls/s")
}

// BenchmarkCommitSmall commits a few live calls at a time, as a webhook does. CLAUDEWATCH_BENCH_DIR can name a directory in memory, which
// leaves the disk's share out.
func BenchmarkCommitSmall(b *testing.B) {
	for _, size := range []int{1, 8, 32} {
		b.Run(fmt.Sprint("calls=", size), func(b *testing.B) {
			dir := os.Getenv("CLAUDEWATCH_BENCH_DIR")
			if dir == "" {
				dir = b.TempDir()
			}
			path := filepath.Join(dir, "small.db")
			for _, end := range []string{"", "-wal", "-shm"} { // of the last run in the named directory
				_ = os.Remove(path + end)
			}
			db := openAt(b, path, noon)
			rnd := rand.New(rand.NewPCG(1, 1))
			calls := make([]claude.Call, size)
			n := 0
			for b.Loop() {
				for i := range calls {
					calls[i] = benchCall(n, false, rnd)
					n++
				}
				commitCalls(b, db, calls...)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(n), "us/call")
		})
	}
}
