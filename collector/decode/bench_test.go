package decode

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/collector"
)

// otherLine is what most lines of a log are: nothing of Claude's.
const otherLine = `{"time":"2026-11-17T16:00:01.123Z","level":"info","logger":"http.access","msg":"request served","method":"GET","path":"/cart/items",` +
	`"status":200,"bytes":18231,"duration_ms":12.25,"remote":"192.0.2.17","user_agent":"Mozilla/5.0 (X11; Linux x86_64)"}`

// BenchmarkDecode measures lines of three logs: none of Claude's, all of them, and 3 of 10.
func BenchmarkDecode(b *testing.B) {
	log, err := os.ReadFile("testdata/json.log")
	if err != nil {
		b.Fatal(err)
	}
	line, _, _ := strings.Cut(string(log), "\n")
	for _, bench := range []struct {
		name          string
		claude, other int
	}{{"none", 0, 10}, {"all", 10, 0}, {"mixed", 3, 7}} {
		b.Run(bench.name, func(b *testing.B) {
			data := strings.Repeat(line+"\n", bench.claude) + strings.Repeat(otherLine+"\n", bench.other)
			lines := bytes.Split([]byte(data[:len(data)-1]), []byte{'\n'})
			d := newDecoder(b, Options{})
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
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
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/line")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/line")
		})
	}
}
