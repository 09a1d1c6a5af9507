package simulate

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// scene is one part of the story.
type scene struct {
	tell     string
	length   time.Duration
	calm     float64 // part of the normal rates at which the other apps go on
	batch    float64 // the batch job's calls per second
	until    float64 // the fill of sonnet-5's input bucket at which the batch job pauses; 0: it never does
	overload float64 // part of the calls that the API answers with 529
	ramp     Ramp
}

// The scenes. Of the opening, a batch job comes at second 20, refusals at 40, and from 60 it is quiet enough for alerts to
// resolve before second 120.
var (
	normal = scene{tell: "normal load: each limit is about half used", length: 20 * time.Second, calm: 1}
	batch  = scene{
		tell:   "batch job starts: input tokens of sonnet-5 will pass 80 %",
		length: 20 * time.Second, calm: 1, batch: 5, until: 0.87,
	}
	storm = scene{
		tell:   "batch job adds workers that don't hold back: 429s",
		length: 20 * time.Second, calm: 1, batch: 3.5,
	}
	quiet    = scene{tell: "batch job is done: quiet, alerts will resolve", length: 60 * time.Second, calm: 0.25}
	overload = scene{tell: "the API is overloaded: some calls get 529", length: 15 * time.Second, calm: 1, overload: 0.35}
	surge    = scene{
		tell:   "batch job starts too sharply: acceleration limit",
		length: 12 * time.Second, calm: 1, batch: 4, until: 0.6, ramp: Ramp{Factor: 2.5, Floor: 0.6},
	}
)

// story plays the opening, then goes on in waves.
func (d *Demo) story(ctx context.Context) {
	rng := rand.New(rand.NewPCG(d.o.Seed, 0x57))
	at := d.clock.Now()
	for scenes := []scene{normal, batch, storm, quiet}; ; scenes = wave(rng) {
		for _, s := range scenes {
			at = at.Add(s.length)
			if !d.play(ctx, s, at) {
				return
			}
		}
	}
}

// wave is a time of normal load, something that happens, and quiet, each of random length.
func wave(rng *rand.Rand) []scene {
	happens := [][]scene{{batch}, {batch, storm}, {storm}, {overload}, {surge}}[rng.IntN(5)]
	scenes := append(append([]scene{normal}, happens...), quiet)
	for i := range scenes {
		scenes[i].length = time.Duration(float64(scenes[i].length) * (1 + rng.Float64()))
		scenes[i].calm *= 0.85 + 0.3*rng.Float64()
	}
	scenes[0].length += 40 * time.Second
	return scenes
}

// play runs one scene until its end, a time of the story's own, so that waits don't add up. It returns false when ctx has ended.
func (d *Demo) play(ctx context.Context, s scene, end time.Time) bool {
	d.o.Tell(s.tell)
	d.cast.calm(s.calm)
	d.api.SetOverload(s.overload)
	d.api.SetRamp(s.ramp)
	for d.clock.Now().Before(end) {
		d.cast.importer.SetRate(d.batchRate(s))
		if !d.clock.wait(ctx, min(250*time.Millisecond, end.Sub(d.clock.Now()))) {
			return false
		}
	}
	return true
}

// batchRate lets the batch job hold back near the fill that the scene wants.
func (d *Demo) batchRate(s scene) float64 {
	if s.until > 0 && d.api.Truth().Bucket("sonnet-5", claude.LimiterInputTokens).Fill >= s.until {
		return 0
	}
	return s.batch
}
