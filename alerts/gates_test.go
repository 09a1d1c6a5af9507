package alerts

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"
)

// full runs the gates of the spike test for as long as their published figures were measured; make alert-gates sets it.
var full = flag.Bool("full", false, "run the gates of the alerts at full length")

// gateKinds are the ways in which refusals of the ordinary kind come, and the most false alarms a day that are allowed.
func gateKinds() []struct {
	name string
	w    world
	most float64
} {
	return []struct {
		name string
		w    world
		most float64
	}{
		{"independent", world{cluster: 1}, 0.1},
		{"one to three attempts", world{cluster: 2, blurred: true}, 0.3},
		{"clusters of any size, 2 on average", world{cluster: 2, blurred: true, unbounded: true}, 0.3},
	}
}

// TestGateSpikeFalseAlarms makes the table of false alarms: each kind of refusals, from little traffic to much, with a small background
// of refusals and a large one. Traffic has a daily rhythm of 1 to 4.
func TestGateSpikeFalseAlarms(t *testing.T) {
	days, rates, backgrounds := 1, []float64{0.5, 5, 60}, []float64{0.002, 0.05}
	if *full {
		days, rates, backgrounds = 29, []float64{0.5, 5, 60, 600}, []float64{0.002, 0.01, 0.02, 0.05}
	}
	var table strings.Builder
	for _, kind := range gateKinds() {
		var sum, cells float64
		for _, rate := range rates {
			fmt.Fprintf(&table, "\n%-34s %5.1f a minute:", kind.name, rate)
			for i, background := range backgrounds {
				w := kind.w
				w.perMinute, w.background, w.days = rate, background, days
				falses, _, _, _ := w.run(uint64(1000*rate) + uint64(i))
				perDay := float64(falses) / float64(days)
				fmt.Fprintf(&table, "  %4.1f %%: %.2f", 100*background, perDay)
				if *full && perDay > kind.most {
					t.Errorf("%s, %.1f a minute, background %.1f %%: %.2f false alarms a day; want at most %.1f", kind.name, rate, 100*background, perDay, kind.most)
				}
				sum, cells = sum+perDay, cells+1
			}
		}
		if mean := sum / cells; mean > kind.most {
			t.Errorf("%s: %.2f false alarms a day on average; want at most %.1f", kind.name, mean, kind.most)
		}
	}
	t.Logf("false alarms a day over %d days, by background of refusals:%s", days, table.String())
}

// TestGateSpikeRecall makes the table of what is seen: spikes of ten minutes every three hours over a background of 0.2 %.
func TestGateSpikeRecall(t *testing.T) {
	type spikes struct{ rate, spike float64 }
	days, cases := 1, []spikes{{5, 0.6}, {60, 0.1}, {60, 0.3}}
	if *full {
		days, cases = 15, []spikes{{0.5, 0.6}, {5, 0.3}, {5, 0.6}, {60, 0.1}, {60, 0.3}, {600, 0.1}, {600, 0.3}}
	}
	var table strings.Builder
	for _, kind := range gateKinds() {
		for _, c := range cases {
			w := kind.w
			w.perMinute, w.background, w.spike, w.days, w.every = c.rate, 0.002, c.spike, days, 3*time.Hour
			falses, seen, spikes, median := w.run(uint64(1000*c.rate) + uint64(10*c.spike))
			recall, precision := float64(seen)/float64(spikes), float64(seen)/float64(max(1, seen+falses))
			fmt.Fprintf(&table, "\n%-34s %5.1f a minute, %2.0f %% refused: recall %.2f, precision %.2f, median delay %v", kind.name, c.rate, 100*c.spike, recall, precision, median)
			if expected := c.rate * 0.4 * 5 * c.spike; expected < 8 { // at night there are 0.4 of the calls
				continue
			}
			if recall < 0.95 || precision < 0.95 || median > 200*time.Second {
				t.Errorf("%s, %.1f a minute, %.0f %% refused: recall %.2f, precision %.2f, median delay %v; want at least 0.95, 0.95 and at most 200 s",
					kind.name, c.rate, 100*c.spike, recall, precision, median)
			}
		}
	}
	t.Logf("spikes of ten minutes over %d days, background 0.2 %%:%s", days, table.String())
}
