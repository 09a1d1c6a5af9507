package applog

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

var start = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

func generate(t *testing.T, o Options, size int64) ([]byte, Stats) {
	t.Helper()
	if o.LinesPerSecond == 0 {
		o.LinesPerSecond = 200
	}
	o.Start = start
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	s, err := g.Write(&b, size)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), s
}

// call is what a line says if it is a call.
type call struct {
	Time int64
	Res  struct {
		StatusCode int
		Headers    map[string]string
	}
	Usage json.RawMessage
	Err   json.RawMessage
}

func TestLinesAreWhatTheyClaim(t *testing.T) {
	data, s := generate(t, Options{Seed: 1}, 3e6)
	lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	if int64(len(lines)) != s.Lines || int64(len(data)) != s.Bytes {
		t.Errorf("stats = %+v; want %d lines, %d bytes", s, len(lines), len(data))
	}
	var calls, callBytes, refused int64
	seen, last := map[string]bool{}, int64(0)
	for _, l := range lines {
		var c call
		if json.Unmarshal(l, &c) != nil || c.Res.Headers["request-id"] == "" {
			continue
		}
		calls, callBytes = calls+1, callBytes+int64(len(l))
		checkCall(t, c)
		if c.Res.StatusCode != http.StatusOK {
			refused++
		}
		if id := c.Res.Headers["request-id"]; seen[id] {
			t.Errorf("request id %s comes twice", id)
		} else {
			seen[id] = true
		}
		if c.Time < last {
			t.Errorf("time %d follows %d; want it to advance", c.Time, last)
		}
		last = c.Time
	}
	if calls != s.Calls || calls < s.Lines*28/100 || calls > s.Lines*32/100 {
		t.Errorf("calls = %d of %d lines, stats say %d; want 30 %%", calls, s.Lines, s.Calls)
	}
	if mean := callBytes / calls; mean < 1300 || mean > 1500 {
		t.Errorf("mean call = %d bytes; want about 1,400", mean)
	}
	if mean := (s.Bytes - callBytes) / (s.Lines - calls); mean < 230 || mean > 290 {
		t.Errorf("mean other line = %d bytes; want about 260", mean)
	}
	if refused == 0 || refused > calls/20 {
		t.Errorf("refused = %d of %d; want a few", refused, calls)
	}
	if took, want := s.Last.Sub(start).Seconds(), float64(s.Lines)/200; took < want*0.9 || took > want*1.1 {
		t.Errorf("the log spans %.1f s; want about %.1f", took, want)
	}
}

func checkCall(t *testing.T, c call) {
	t.Helper()
	var h claude.Headers
	for k, v := range c.Res.Headers {
		if err := h.Add(k, v); err != nil {
			t.Error(err)
		}
	}
	want := 4
	if c.Res.StatusCode == 529 {
		want = 0
	}
	if len(h.Readings) != want || h.Organization != organization || h.Date.IsZero() {
		t.Fatalf("headers %v give %d families; want %d", c.Res.Headers, len(h.Readings), want)
	}
	if c.Res.StatusCode == http.StatusOK {
		if u, err := claude.ParseUsage(c.Usage); err != nil || u.Tokens().Output == 0 {
			t.Errorf("usage %s: %v", c.Usage, err)
		}
	} else if _, err := claude.ParseRefusal(c.Err); err != nil {
		t.Errorf("error %s: %v", c.Err, err)
	}
}

func ids(t *testing.T, data []byte) []string {
	t.Helper()
	var all []string
	for l := range bytes.Lines(data) {
		if i := bytes.Index(l, []byte(`"req_`)); i >= 0 {
			all = append(all, string(l[i+1:i+29]))
		}
	}
	return all
}

func TestIDsAreOrderedOrRandom(t *testing.T) {
	ordered, _ := generate(t, Options{Seed: 1}, 1e6)
	if got := ids(t, ordered); !slices.IsSorted(got) || len(got) < 100 {
		t.Errorf("%d ids are not in order", len(got))
	}
	random, _ := generate(t, Options{Seed: 1, RandomIDs: true}, 1e6)
	got := ids(t, random)
	falls := 0
	for i := range got[1:] {
		if got[i+1] < got[i] {
			falls++
		}
	}
	if falls < len(got)/3 || falls > len(got)*2/3 {
		t.Errorf("%d of %d ids are smaller than the one before; want about half", falls, len(got))
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(got))); len(distinct) != len(got) {
		t.Errorf("%d of %d ids are distinct; want all", len(distinct), len(got))
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	a, _ := generate(t, Options{Seed: 1}, 1e5)
	b, _ := generate(t, Options{Seed: 1}, 1e5)
	c, _ := generate(t, Options{Seed: 2}, 1e5)
	if !bytes.Equal(a, b) {
		t.Error("one seed gives two logs")
	}
	if bytes.Equal(a, c) {
		t.Error("two seeds give one log")
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	for name, o := range map[string]Options{
		"no start": {LinesPerSecond: 1}, "no rate": {Start: start}, "rate": {Start: start, LinesPerSecond: 1e9},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("New(%s) = nil error; want one", name)
		}
	}
}

func TestNoMemoryPerLine(t *testing.T) {
	g, err := New(Options{Start: start, LinesPerSecond: 200})
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(2000, func() { buf, _ = g.Append(buf[:0]) }); n > 0.01 {
		t.Errorf("allocations per line = %v; want 0", n)
	}
}

func BenchmarkWrite(b *testing.B) {
	g, err := New(Options{Start: start, LinesPerSecond: 200})
	if err != nil {
		b.Fatal(err)
	}
	const size = 10e6
	b.SetBytes(size)
	for b.Loop() {
		if _, err := g.Write(io.Discard, size); err != nil {
			b.Fatal(err)
		}
	}
}
