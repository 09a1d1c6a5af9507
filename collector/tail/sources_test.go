package tail

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// source returns one more source of the rig's directory, whose calls say in their app how it is set.
func (r *rig) source(settings string, globs ...string) Source {
	for i, g := range globs {
		globs[i] = r.path(g)
	}
	return Source{Name: strings.Join(globs, ", "), Globs: globs, Settings: settings, NewDecoder: func() collector.Decoder {
		return &setDecoder{scriptDecoder{saw: &r.saw}, settings}
	}}
}

// setDecoder is a scriptDecoder with a setting.
type setDecoder struct {
	scriptDecoder
	app string
}

func (d *setDecoder) Decode(line collector.Line, now time.Time) collector.Outcome {
	o := d.scriptDecoder.Decode(line, now)
	for i := range o.Calls {
		o.Calls[i].App = d.app
	}
	return o
}

func (r *rig) set(sources ...Source) {
	r.t.Helper()
	r.must(r.tailer.SetSources(sources))
	r.poll()
}

// apps returns the app of every stored call.
func (r *rig) apps() map[string]string {
	apps := map[string]string{}
	for _, b := range r.sink.batches {
		for _, c := range b.Calls {
			apps[c.RequestID] = c.App
		}
	}
	return apps
}

func TestSourceThatComesBackGoesOn(t *testing.T) {
	r := newRig(t, "app.log").start()
	old := r.opts.Sources[0]
	r.calls("app.log", "a", "b").append("app.log", "late c\n").poll()
	r.set() // nothing is followed
	r.want("a", "b", "c")
	r.calls("app.log", "d").poll()
	r.want("a", "b", "c")
	r.set(old)
	r.want("a", "b", "c", "d")
	r.crash()
	r.start().calls("app.log", "e").poll()
	r.want("a", "b", "c", "d", "e")
}

func TestSourceThatIsAddedBeginsWhereItSays(t *testing.T) {
	r := newRig(t, "app.log").start()
	r.calls("app.log", "a").calls("old.log", "o1").calls("end.log", "e1").poll()
	end := r.source("", "end.log")
	end.FromEnd = true
	r.set(r.opts.Sources[0], r.source("", "old.log"), end)
	r.want("a", "o1")
	r.calls("end.log", "e2").pass(batchAge * 20)
	r.want("a", "o1", "e2")
	status := r.tailer.Status()
	if len(status) != 3 || status[2].Source != end.Name || status[2].Files != 1 {
		t.Errorf("Status() = %+v; want three sources, the last with a file", status)
	}
}

func TestFileKeepsItsPlaceInAnotherSource(t *testing.T) {
	r := newRig(t, "app.log").start()
	r.calls("app.log", "a", "b").poll()
	r.set(r.source("one", "app.log", "more.log"))
	r.calls("app.log", "c").calls("more.log", "m").pass(6 * time.Second)
	r.set(r.source("two", "app.log", "more.log"))
	r.calls("app.log", "d").pass(batchAge * 20)
	if got, want := fmt.Sprint(r.apps()), "map[a: b: c:one d:two m:one]"; got != want {
		t.Errorf("apps of the calls = %s; want %s", got, want)
	}
	if n := len(r.sink.stored()); n != 5 {
		t.Errorf("%d calls stored; want 5", n)
	}
}

// A record that is open when the settings change is finished by the decoder that began it.
func TestOpenRecordKeepsItsDecoder(t *testing.T) {
	r := newRig(t, "none").start()
	r.set(r.source("one", "app.log"))
	r.calls("app.log", "a").append("app.log", "begin b\n").pass(6 * time.Second)
	r.set(r.source("two", "app.log"))
	r.append("app.log", "end b\n").pass(6 * time.Second)
	r.calls("app.log", "c").pass(batchAge * 20)
	if got, want := fmt.Sprint(r.apps()), "map[a:one b:one c:two]"; got != want {
		t.Errorf("apps of the calls = %s; want %s", got, want)
	}
}

// A file that was renamed out of its glob is known to nobody but the tailer that has it open.
func TestRenamedFileIsReadToItsEnd(t *testing.T) {
	r := newRig(t, "app.log").start()
	r.calls("app.log", "a").poll()
	r.calls("app.log", "b")
	r.rename("app.log", "elsewhere")
	r.calls("app.log", "c")
	r.set(r.source("one", "app.log", "more.log"))
	r.pass(batchAge * 20)
	if got := strings.Join(r.sink.stored(), " "); got != "a b c" {
		t.Errorf("stored = %s; want a b c", got)
	}
}

func TestBadSourcesLeaveTheOldOnes(t *testing.T) {
	r := newRig(t, "app.log").start()
	if err := r.tailer.SetSources([]Source{{Name: "bad", Globs: []string{"["}, NewDecoder: r.opts.Sources[0].NewDecoder}}); err == nil {
		t.Error("SetSources with a bad glob = nil; want an error")
	}
	r.calls("app.log", "a").poll()
	r.want("a")
}

// Fifty changes while files are written and rotated: every line is stored once.
func TestSourcesChangeUnderLoad(t *testing.T) {
	r := newRig(t, "app.log*")
	stop := r.run(t.Context())
	defer stop()
	plain := func(glob string) Source {
		return Source{Name: glob, Globs: []string{r.path(glob)}, NewDecoder: func() collector.Decoder { return &scriptDecoder{} }}
	}
	sets := [][]Source{
		{plain("app.log*")},
		{plain("app.log*"), plain("more.log*")},
		{{Name: "all", Globs: []string{r.path("app.log*"), r.path("more.log*")}, NewDecoder: func() collector.Decoder { return &scriptDecoder{} }}},
		{},
	}
	const each = 4000
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writers sync.WaitGroup
	for _, name := range []string{"app.log", "more.log"} {
		writers.Go(func() { r.rotateWhileWriting(ctx, name, each) })
	}
	for i := range 50 {
		r.must(r.tailer.SetSources(sets[i%len(sets)]))
		before := len(r.sink.stored())
		if len(sets[i%len(sets)]) > 0 { // something comes meanwhile, unless all of the log that is always followed is stored
			await(t, "a call", func() bool {
				all := r.sink.stored()
				return len(all) > before || countOf(all, "app.log-") >= each
			})
		}
	}
	r.must(r.tailer.SetSources(sets[1]))
	writers.Wait()
	await(t, "the last call", func() bool { return len(r.sink.stored()) >= 2*each })
	seen := map[string]int{}
	for _, id := range r.sink.stored() {
		seen[id]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Fatalf("call %s was stored %d times; want once", id, n)
		}
	}
	if len(seen) != 2*each {
		t.Errorf("%d calls stored; want %d", len(seen), 2*each)
	}
}

// countOf returns how many of the calls begin with a text.
func countOf(ids []string, prefix string) (n int) {
	for _, id := range ids {
		if strings.HasPrefix(id, prefix) {
			n++
		}
	}
	return n
}

// rotateWhileWriting writes calls to a log and rotates it now and then.
func (r *rig) rotateWhileWriting(ctx context.Context, name string, calls int) {
	for i := range calls {
		if ctx.Err() != nil {
			return
		}
		r.calls(name, fmt.Sprintf("%s-%d", name, i))
		if i%500 == 499 {
			_ = os.Rename(r.path(name), r.path(fmt.Sprintf("%s.%d", name, i/500)))
		}
	}
}
