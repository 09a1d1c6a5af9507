package finished

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/claudewatch/claudewatch/collector"
)

// FuzzLog reads any bytes as a log, plain or compressed, and reads it again from any of its lines on.
func FuzzLog(f *testing.F) {
	text := sample(20)
	t := &testing.T{}
	for _, data := range encodings(t, text) {
		f.Add(data, 7)
		f.Add(data[:len(data)/2], 3)
	}
	f.Add([]byte("\xef\xbb\xbfa\r\n\x00\x00b\nno end"), 1)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		o := Options{Name: write(t, data), MaxLine: 1 << 10}
		l, err := Open(t.Context(), o)
		if err != nil {
			return // what is no archive it says it is
		}
		defer l.Close() //nolint:errcheck // only read
		var places []collector.Position
		var lines []string
		var ended error
		for len(lines) < 5000 { // a small archive may hold a very long log
			line, err := l.Next()
			if ended = err; err != nil {
				break
			}
			if len(line.Text) > o.MaxLine || line.End <= line.Start {
				t.Fatalf("line of %d bytes at %d to %d; want at most %d", len(line.Text), line.Start, line.End, o.MaxLine)
			}
			lines = append(lines, string(line.Text))
			places = append(places, l.Position(l.Here()))
		}
		if len(lines) == 0 || len(lines) == 5000 || cut < 0 {
			return
		}
		cut %= len(lines)
		again := open(t, o)
		p, err := again.Resume([]collector.Position{places[cut]})
		if p == nil && !errors.Is(ended, io.EOF) {
			return // of a damaged archive nothing is known for sure
		}
		if err != nil || p == nil {
			t.Fatalf("Resume(line %d of %q) = %v, %v; want the position", cut+1, data, p, err)
		}
		if got, _ := rest(again); !slices.Equal(got, lines[cut+1:]) {
			t.Errorf("from line %d of %q on = %q; want %q", cut+1, data, got, lines[cut+1:])
		}
	})
}
