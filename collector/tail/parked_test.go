package tail

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

// patientDecoder is a scriptDecoder whose state says since when something is held back, as that of real ones does.
type patientDecoder struct{ scriptDecoder }

func (d *patientDecoder) Resume() (int64, []byte) {
	offset, state := d.scriptDecoder.Resume()
	if len(state) > 0 {
		state = append(binary.LittleEndian.AppendUint64(nil, uint64(d.since.UnixNano())), state...)
	}
	return offset, state
}

func (d *patientDecoder) Restore(state []byte) error {
	if len(state) == 0 {
		return d.scriptDecoder.Restore(nil)
	}
	err := d.scriptDecoder.Restore(state[8:])
	d.since = time.Unix(0, int64(binary.LittleEndian.Uint64(state)))
	return err
}

// TestFewDecodersForManyThatHoldSomethingBack has more files hold a call back than may keep a decoder, over a crash and changes of all kinds.
func TestFewDecodersForManyThatHoldSomethingBack(t *testing.T) {
	r := newRig(t, "*.log")
	var made atomic.Int64
	r.opts.Sources[0].NewDecoder = func() collector.Decoder {
		made.Add(1)
		return &patientDecoder{}
	}
	const n = 400
	var want []string
	for i := range n {
		r.append(fmt.Sprint(i, ".log"), fmt.Sprint("call a", i, " ", strings.Repeat("-", evidence), "\n")).append(fmt.Sprint(i, ".log"), fmt.Sprint("late held", i, "\n"))
		want = append(want, fmt.Sprint("a", i), fmt.Sprint("held", i))
	}
	r.start().poll()
	parked := 0
	for _, f := range r.tailer.order {
		if f.parked != nil {
			parked++
		}
	}
	if parked < n-2*maxOwners || parked >= n {
		t.Errorf("%d of %d files have given their decoders away; want all but about %d", parked, n, maxOwners)
	}
	for _, id := range r.sink.stored() {
		if strings.HasPrefix(id, "held") {
			t.Fatalf("%s was not held back", id)
		}
	}
	r.crash()
	r.start().poll()
	for i := range n { // what comes next finds the state
		switch i % 5 {
		case 0:
			r.calls(fmt.Sprint(i, ".log"), fmt.Sprint("b", i))
			want = append(want, fmt.Sprint("b", i))
		case 1:
			r.rename(fmt.Sprint(i, ".log"), fmt.Sprint(i, ".old"))
		case 2: // a file that is cut is over at once, with what was held back of it
			r.must(os.Truncate(r.path(fmt.Sprint(i, ".log")), 0))
		case 3: // its copy goes on with what was held back
			text, err := os.ReadFile(r.path(fmt.Sprint(i, ".log")))
			r.must(err)
			r.write(fmt.Sprint(i, ".copy.log"), text)
			r.append(fmt.Sprint(i, ".copy.log"), fmt.Sprint("call c", i, "\n"))
			want = append(want, fmt.Sprint("c", i))
			r.must(os.Truncate(r.path(fmt.Sprint(i, ".log")), 0))
		}
	}
	r.poll()
	r.pass(20 * time.Second)
	if diff := cmp.Diff(sorted(want), sorted(r.sink.stored())); diff != "" {
		t.Errorf("stored calls (-want +got):\n%.2000s", diff)
	}
	if most := int64(2 * (2*maxOwners + maxSpares + 2*r.tailer.opts.Workers)); made.Load() > most {
		t.Errorf("%d decoders were made for %d files in two lives; want at most %d", made.Load(), n, most)
	}
	for _, f := range r.tailer.order {
		if f.dec != nil || f.parked != nil {
			t.Errorf("%s still holds something", f.path)
		}
	}
}
