package decode

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// otherLine is what most lines of a log are: nothing of Claude's.
const otherLine = `{"time":"2026-11-17T16:00:01.123Z","level":"info","logger":"http.access","msg":"request served","method":"GET","path":"/cart/items/%d",` +
	`"status":200,"bytes":18231,"duration_ms":12.25,"remote":"192.0.2.17","user_agent":"Mozilla/5.0 (X11; Linux x86_64)"}`

// benchLines are lines of calls and others, no two of them the same.
func benchLines(calls, others int) [][]byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	var lines [][]byte
	for i := range calls {
		values := slices.Clone(pinoValues)
		values[0], values[2] = fmt.Sprint(1795255200001+i*17), fmt.Sprintf("u-%d", rnd.IntN(500))
		values[7], values[11], values[12] = fmt.Sprint(rnd.IntN(10000)), fmt.Sprintf("req_01Bench%020d", i), fmt.Sprintf("msg_01Bench%020d", i)
		values[15], values[16], values[18] = fmt.Sprint(rnd.IntN(4000)), fmt.Sprint(rnd.IntN(900)), fmt.Sprint(rnd.IntN(6000))
		lines = append(lines, pino(values))
	}
	for i := range others {
		lines = append(lines, fmt.Appendf(nil, otherLine, i))
	}
	rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return lines
}

// BenchmarkDecode measures lines of four logs: none of Claude's, all of them, 3 of 10, and all of them without shapes. Each runs beside a
// search for one word in the same lines, so that the ratio of the two says more than the time. bench/decode measures whole files.
func BenchmarkDecode(b *testing.B) {
	for _, bench := range []struct {
		name          string
		claude, other int
		walk          bool
	}{{"none", 0, 1000, false}, {"all", 1000, 0, false}, {"mixed", 300, 700, false}, {"walk", 1000, 0, true}} {
		b.Run(bench.name, func(b *testing.B) {
			lines := benchLines(bench.claude, bench.other)
			d := newDecoder(b, Options{})
			if bench.walk {
				d.shapes.wait = 1 << 60
			}
			size := 0
			for _, l := range lines {
				size += len(l)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var reference time.Duration
			begin := cpuTime(b)
			for b.Loop() {
				reference += searchAll(b, lines, bench.claude)
				calls := 0
				for _, l := range lines {
					calls += len(d.Decode(collector.Line{Text: l}, testNow).Calls)
				}
				if calls != bench.claude {
					b.Fatalf("%d calls; want %d", calls, bench.claude)
				}
			}
			runtime.ReadMemStats(&after)
			n := float64(b.N) * float64(len(lines))
			spent := cpuTime(b) - begin - reference
			b.ReportMetric(float64(spent.Nanoseconds())/n, "ns/line")
			b.ReportMetric(float64(size)*float64(b.N)/1e6/spent.Seconds(), "MB/cpu-s")
			b.ReportMetric(float64(spent)/float64(reference), "x-reference")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/line")
		})
	}
}

// searchAll looks for one word in each line and returns how long that took.
func searchAll(b *testing.B, lines [][]byte, want int) time.Duration {
	begin, found := cpuTime(b), 0
	for _, l := range lines {
		if bytes.Contains(l, []byte("anthropic-ratelimit")) {
			found++
		}
	}
	if found != want {
		b.Fatalf("%d lines hold the word; want %d", found, want)
	}
	return cpuTime(b) - begin
}

// cpuTime is what the process has used, which a busy machine changes less than the clock.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
