package limits

import (
	"testing"

	"github.com/claudewatch/claudewatch/claude"
)

func TestApplyAllTakesWhatIsLiveAndNew(t *testing.T) {
	tr := limited(t)
	c := using(0, 30_000, 10)
	more := c
	more.Usage = usageOf(60_000, 10)
	if moved := tr.ApplyAll([]claude.Change{{After: c, New: true}, {Before: &c, After: c, Live: true}}, after(0)); moved || len(tr.Levels(after(0))) != 0 {
		t.Errorf("ApplyAll(history, a repetition) = %v with %d levels; want neither to move anything", moved, len(tr.Levels(after(0))))
	}
	if !tr.ApplyAll([]claude.Change{{After: c, New: true, Live: true}, {Before: &c, After: more, Live: true}}, after(0)) {
		t.Error("ApplyAll(a call, more of it) = false; want true")
	}
	near(t, "load", levelOf(t, tr, "input_tokens", after(0)).Load2m, 0.5, 1e-9)
}

// TestCallWhoseBucketIsDropped has room for one bucket: the second reading of a call drops the first, which was all that its group held.
func TestCallWhoseBucketIsDropped(t *testing.T) {
	tr := newTracker(t, Options{MaxBuckets: 1, Limits: []Limit{{Pool: "sonnet-5", Limiter: "input_tokens", Limit: 60_000}}})
	for i := range 3 {
		c := using(float64(i), 30_000, 10)
		c.Readings = []claude.Reading{inputTokens(1e6, 1e6, 0), {Limiter: "unified_5h", Utilization: claude.Some(0.1), Reset: after(7200)}}
		applyNew(tr, c)
	}
	if tr.usages != 1 || tr.gauges != 1 || len(tr.groups) != 2 {
		t.Errorf("%d uses, %d buckets, %d groups; want 1, 1 and 2", tr.usages, tr.gauges, len(tr.groups))
	}
	near(t, "load of all three", levelOf(t, tr, "input_tokens", after(2)).Load2m, 0.75, 1e-9)
	near(t, "window", levelOf(t, tr, "unified_5h", after(2)).Fill, 0.1, 1e-9)
}

// TestCallThatTellsNothing leaves nothing behind.
func TestCallThatTellsNothing(t *testing.T) {
	tr := newTracker(t, Options{})
	c := callAt(0, claude.Reading{Limiter: "requests"})
	c.Usage.ServiceTier = "batch"
	applyNew(tr, c)
	if len(tr.groups) != 0 || tr.recent != (recent{}) || tr.busy != nil {
		t.Errorf("%d groups, recent %v, busy %v; want none", len(tr.groups), tr.recent, tr.busy)
	}
}

// TestApplyAllocatesNothing applies calls of a bucket that is known, within a minute.
func TestApplyAllocatesNothing(t *testing.T) {
	tr := newTracker(t, Options{})
	c := callAt(0, inputTokens(1e6, 500_000, 30), reading("output_tokens", 1e6, 900_000, 6), reading("requests", 1000, 990, 1))
	c.Usage = usageOf(1000, 100)
	batch := []claude.Change{{After: c, New: true, Live: true}}
	if n := testing.AllocsPerRun(100, func() { tr.ApplyAll(batch, after(0)) }); n != 0 {
		t.Errorf("%g allocations for a call; want none", n)
	}
}
