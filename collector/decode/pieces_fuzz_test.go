package decode

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzPieces cuts the lines of a container's log into pieces, as runtimes do with long ones, with lines of another stream between
// them, and wants the calls that the whole lines give.
func FuzzPieces(f *testing.F) {
	for _, log := range testLogs(f) {
		f.Add(log[:min(len(log), 4000)], []byte{3, 200, 0, 90})
	}
	f.Fuzz(func(t *testing.T, log, cuts []byte) {
		whole, pieces := containerLog(log, cuts)
		d := newDecoder(t, Options{})
		want := append(run(d, linesOf(whole), 0), d.Flush(testNow, true)...)
		d = newDecoder(t, Options{})
		got := append(run(d, linesOf(pieces), 0), d.Flush(testNow, true)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q in the pieces of\n%s (-want +got):\n%s", log, pieces, diff)
		}
	})
}

// containerLog writes a log's lines whole and in pieces. Each cut is the length of a piece; 0 leaves a line whole.
func containerLog(log, cuts []byte) (whole, pieces []byte) {
	const stamp = "2026-11-21T16:00:01.000000000Z "
	n := 0
	for line := range bytes.SplitSeq(log, []byte{'\n'}) {
		whole = fmt.Appendf(whole, "%sstdout F %s\n", stamp, line)
		for len(cuts) > 0 {
			cut := int(cuts[n%len(cuts)])
			n++
			// A carriage return or a NUL at the end of a piece is taken for the line's end.
			if cut == 0 || cut >= len(line) || bytes.ContainsAny(line[cut-1:cut], "\r\x00") {
				break
			}
			pieces = fmt.Appendf(pieces, "%sstdout P %s\n%sstderr F ready\n", stamp, line[:cut], stamp)
			line = line[cut:]
		}
		pieces = fmt.Appendf(pieces, "%sstdout F %s\n", stamp, line)
	}
	return whole, pieces
}
