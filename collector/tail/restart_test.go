package tail

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestRestartGoesOn(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").append("app.log", "begin b\n").calls("app.log", "c").start().pass(2*time.Second).want("a", "c")
	r.crash()
	r.append("app.log", "end b\n").calls("app.log", "d").start().pass(2*time.Second).want("a", "c", "b", "d")
	if n := r.sink.counts["lines script"]; n != 5 {
		t.Errorf("lines counted = %d; want 5: those of an open record are read twice and counted once", n)
	}
}

func TestRestartKeepsWhatTheDecoderHeld(t *testing.T) {
	r := newRig(t, "app.log")
	r.append("app.log", "late a\n").start().poll()
	r.must(r.tailer.closeDue(t.Context(), r.now, true))
	r.crash()
	r.want()
	r.start().pass(3 * time.Second).want("a")
}

func TestCrashLosesAndRepeatsNothing(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a", "b").start().pass(time.Second)
	r.calls("app.log", "c", "d")
	r.sink.fail = func() error { return errDisk }
	r.pass(time.Second).want("a", "b")
	if r.broken == nil {
		t.Fatal("the sink was never asked")
	}
	r.crash()
	r.sink.fail = nil
	r.start().pass(time.Second).want("a", "b", "c", "d")
}

func TestRotationWhileDown(t *testing.T) {
	for _, generations := range []int{1, 3} {
		r := newRig(t, "app.log*")
		r.calls("app.log", "a").start().pass(2 * time.Second)
		r.crash()
		want := []string{"a", "b"}
		r.calls("app.log", "b")
		for _, id := range []string{"c", "d", "e"}[:generations] {
			for _, n := range []string{"2", "1"} {
				_ = os.Rename(r.path("app.log."+n), r.path("app.log."+string(n[0]+1)))
			}
			r.rename("app.log", "app.log.1")
			r.calls("app.log", id)
			want = append(want, id)
		}
		r.start().pass(2 * time.Second).want(want...)
		r.wantLog("replaced or cut while the agent was down", 0)
	}
}

func TestCopyTruncateWhileDown(t *testing.T) {
	r := newRig(t, "app.log*")
	r.calls("app.log", "a").start().pass(2 * time.Second)
	r.crash()
	r.calls("app.log", "b")
	r.copyLog()
	r.truncate()
	r.calls("app.log", "c", "d").start().pass(2*time.Second).want("a", "b", "c", "d")
}

func TestRotationOutOfTheGlobWhileDownIsTold(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").start().pass(2 * time.Second)
	r.crash()
	r.rename("app.log", "elsewhere")
	r.calls("app.log", "b").start().pass(2*time.Second).want("a", "b")
	r.wantLog("replaced or cut while the agent was down", 1)
}

func TestShrunkWhileDown(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a", "b").start().pass(2 * time.Second)
	r.crash()
	r.truncate()
	r.calls("app.log", "c").start().pass(2*time.Second).want("a", "b", "c")
	r.wantLog("replaced or cut while the agent was down", 1)
	r.crash()
	r.start().pass(2 * time.Second)
	r.wantLog("replaced or cut while the agent was down", 1)
}

func TestDeviceNumberChanged(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a", "b").start().pass(2 * time.Second)
	r.crash()
	for id, p := range r.sink.positions {
		p.Device += 7
		r.sink.positions[id] = p
	}
	r.calls("app.log", "c").start().pass(2*time.Second).want("a", "b", "c")
}

func TestStateThatCannotBeRead(t *testing.T) {
	r := newRig(t, "app.log")
	r.calls("app.log", "a").start().pass(2 * time.Second)
	r.crash()
	for id, p := range r.sink.positions {
		p.State = []byte("{")
		r.sink.positions[id] = p
	}
	r.calls("app.log", "b").start().pass(2*time.Second).want("a", "b")
	r.wantLog("decoder starts without its state", 1)
}

func TestPositionsWithoutCalls(t *testing.T) {
	r := newRig(t, "app.log")
	r.append("app.log", "nothing\nbad\n").start().pass(3 * time.Second).want()
	if n := len(r.sink.batches); n != 1 {
		t.Fatalf("batches = %d; want 1: what holds no calls is stored about once a second", n)
	}
	p := r.sink.batches[0].Positions[0]
	if p.Offset != 12 || p.Source != "test" || p.Path != r.path("app.log") {
		t.Errorf("position = %+v; want offset 12 of %s", p, r.path("app.log"))
	}
	for what, want := range map[string]int64{"lines other": 2, "skipped not claude": 1, "rejected bad": 1} {
		if n := r.sink.counts[what]; n != want {
			t.Errorf("count of %s = %d; want %d", what, n, want)
		}
	}
	if s := r.sink.samples["rejected bad"]; s != "field x" {
		t.Errorf("sample = %q; want %q", s, "field x")
	}
}

func TestNewRefuses(t *testing.T) {
	good := newRig(t, "app.log").opts
	for name, spoil := range map[string]func(*Options){
		"no sink": func(o *Options) { o.Sink = nil },
		"bad glob": func(o *Options) {
			o.Sources = []Source{{Globs: []string{"[a"}, NewDecoder: good.Sources[0].NewDecoder}}
		},
		"no decoder":    func(o *Options) { o.Sources = []Source{{Globs: []string{"a"}}} },
		"negative poll": func(o *Options) { o.Poll = -1 },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("New(%s) = nil; want an error", name)
		}
	}
	if _, err := New(good); err != nil {
		t.Errorf("New() = %v; want nil", err)
	}
}

// A batch that is full is closed in the middle of what one read gave; its position must already tell the file from others.
func TestCrashAfterTheFirstBatchOfOneRead(t *testing.T) {
	r := newRig(t, "app.log")
	var ids []string
	for i := range maxCalls + 10 {
		ids = append(ids, fmt.Sprintf("c%d", i))
	}
	r.append("app.log", "call "+strings.Join(ids, "\ncall ")+"\n")
	batches := 0
	r.sink.fail = func() error {
		if batches++; batches > 1 {
			return errDisk
		}
		return nil
	}
	r.start().pass(time.Second).want(ids[:maxCalls]...)
	r.crash()
	r.sink.fail = nil
	r.start().pass(2 * time.Second).want(ids...)
}
