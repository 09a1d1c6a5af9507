package limits

import (
	"sync"
	"testing"

	"github.com/claudewatch/claudewatch/claude"
)

// TestConcurrentUse is for the race detector: sources apply calls while the metrics, the alerts and the page look.
func TestConcurrentUse(t *testing.T) {
	tr := newTracker(t, Options{})
	c := callAt(0, inputTokens(1e6, 500_000, 30))
	c.Usage = usageOf(1, 1)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 50 {
				applyNew(tr, callAt(float64(i), inputTokens(1e6, 500_000, float64(i)+30)), c)
				tr.Restore([]claude.Observation{{Bucket: c.Bucket("requests"), Reading: c.Readings[0], At: c.Time}}, c.Time)
				tr.Levels(c.Time)
				tr.Consumers(c.Bucket("input_tokens"), c.Time)
				tr.Stats()
			}
		})
	}
	wg.Wait()
	if got := tr.Consumers(c.Bucket("requests"), after(49)); len(got) != 1 || got[0].Share != 1 {
		t.Errorf("consumers = %v; want the only one", got)
	}
}
