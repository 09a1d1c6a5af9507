package store

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// Readings come back as they were, whether they fit in one or not: with one reset and several, odd numbers, and more than a shape has.
func TestReadingsComeBackAsTheyWere(t *testing.T) {
	full := claude.Reading{
		Limiter: "tokens", Limit: claude.Some[int64](2_400_000), Remaining: claude.Some[int64](2_399_000), Utilization: claude.Some(0.42),
		Status: "allowed", Reset: noon.Add(time.Second),
	}
	with := func(set func(*claude.Reading)) claude.Reading {
		r := full
		set(&r)
		return r
	}
	later := with(func(r *claude.Reading) { r.Reset = noon.Add(time.Minute + 5) })
	above := with(func(r *claude.Reading) { r.Remaining = claude.Some[int64](2_400_001) })
	huge := with(func(r *claude.Reading) {
		r.Limit, r.Remaining = claude.Some[int64](math.MaxInt64), claude.Some[int64](-5)
	})
	less := with(func(r *claude.Reading) { r.Utilization = claude.Some(-0.5) })
	raw := with(func(r *claude.Reading) { r.Utilization = claude.Some(1.0 / 3) })
	unlimited := with(func(r *claude.Reading) { r.Limit = claude.Opt[int64]{} })
	nothing := claude.Reading{Limiter: "requests"}
	many := make([]claude.Reading, maxShape+1)
	for i := range many {
		many[i] = with(func(r *claude.Reading) { r.Remaining = claude.Some(int64(i)) })
	}
	names := &memNames{ids: map[string]int64{}}
	var known shapes
	for name, of := range map[string]struct {
		readings []claude.Reading
		inOne    bool
	}{
		"one": {[]claude.Reading{full}, true}, "one reset": {[]claude.Reading{full, nothing, full}, true},
		"several resets": {[]claude.Reading{full, later, nothing}, true}, "no reset": {[]claude.Reading{nothing, nothing}, true},
		"odd utilization": {[]claude.Reading{raw, raw, full}, true}, "no limit": {[]claude.Reading{unlimited}, true},
		"more than the limit": {[]claude.Reading{full, above}, false}, "huge": {[]claude.Reading{huge}, false}, "less than nothing": {[]claude.Reading{less, full}, false},
		"too many": {many, false},
	} {
		var w detailWriter
		for range 2 { // the second time from memory
			detail, err := w.encode(&claude.Call{Time: noon, Readings: of.readings}, nil, names)
			if err != nil {
				t.Fatal(err)
			}
			var got claude.Call
			got.Time = noon
			if _, err := decodeDetail(detail, &got, names.text, &known); err != nil {
				t.Fatalf("%s: decodeDetail(%x): %v", name, detail, err)
			}
			if diff := gocmp.Diff(of.readings, got.Readings); diff != "" {
				t.Errorf("%s: readings differ (-want +got):\n%s", name, diff)
			}
			if inOne := detail[0]&tagReadings == tagReadings; inOne != of.inOne {
				t.Errorf("%s: written in one: %t; want %t", name, inOne, of.inOne)
			}
		}
	}
}

// The four readings of an ordinary call take few bytes.
func TestReadingsTakeFewBytes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	names := &memNames{ids: map[string]int64{}}
	var w detailWriter
	for n := range 1000 {
		c := benchCall(n, false, rnd)
		c.Source = ""
		detail, err := w.encode(&c, nil, names)
		if err != nil {
			t.Fatal(err)
		}
		if len(detail) > 12 {
			t.Fatalf("call %d: detail %x has %d bytes; want 12 at most", n, detail, len(detail))
		}
	}
	if len(names.texts) != 1 {
		t.Errorf("%d names; want one for all", len(names.texts))
	}
}

// A name that is no shape is an error, not a panic, and nothing of it is remembered.
func TestBrokenShapesAreErrors(t *testing.T) {
	for _, text := range []string{"", "tokens", "tokens\x00\x0050", "tokens\x00\x00x\x009", "tokens\x00\x0050\x00x", "tokens\x00\x0050\x00-1", "a\x00b\x001\x001\x00c"} {
		var got claude.Call
		var known shapes
		if _, err := decodeDetail([]byte{tagReadings, 2, 0}, &got, func(int64) (string, error) { return text, nil }, &known); err == nil || len(known.all) != 0 {
			t.Errorf("decodeDetail of readings %q: %v with %d shapes remembered; want an error and none", text, err, len(known.all))
		}
	}
}

// A text from a log that holds NUL, which parts of names are joined by, does not break the call.
func TestNULInTextsIsLeftOut(t *testing.T) {
	db := open(t)
	c := full()
	c.Source, c.Readings[0].Status = "a\x00b", "al\x00lowed"
	commitCalls(t, db, c)
	got := allCalls(t, db)
	if len(got) != 1 || got[0].Source != "ab" || got[0].Readings[0].Status != "allowed" {
		t.Errorf("stored calls = %+v; want one without NUL", got)
	}
}
