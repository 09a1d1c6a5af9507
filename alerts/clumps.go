package alerts

// clumps learns how much refusals of the ordinary kind come in clumps: one cause, such as a burst, refuses several calls at once. It
// compares how far the refusals of 5 minutes are off the expected number with how far independent ones would be. Without it an
// organization whose retries can't be told from first attempts has a false alarm every other day.
type clumps struct {
	squares  float64 // sum of the squared differences
	expected float64 // sum of what they would be for independent refusals

	block       int64 // the present 5 minutes
	refused     float64
	anticipated float64 // refused calls to expect of those
	spread      float64 // their variance
}

const (
	// clumpsPrior is how many expected refusals outweigh what is assumed without any.
	clumpsPrior = 5
	// clumpsTail makes more of what was seen beyond that: clumps of any size have a longer tail than their variance tells.
	clumpsTail = 1.5
	// mostClumps bounds what a restless baseline can make of it.
	mostClumps = 3.5
)

// add takes a bin that becomes part of the baseline, whose rate of refusals has been usual so far.
func (c *clumps) add(b *bin, usual float64) {
	if b.calls == 0 {
		return
	}
	if block := b.at / spikeBins; block != c.block {
		c.close()
		c.block = block
	}
	c.refused += b.refused
	c.anticipated += b.calls * usual
	c.spread += b.calls * usual * (1 - usual)
}

func (c *clumps) close() {
	d := c.refused - c.anticipated
	c.squares += d * d
	c.expected += c.spread
	c.refused, c.anticipated, c.spread = 0, 0, 0
}

func (c *clumps) decay(f float64) {
	c.squares *= f
	c.expected *= f
}

// phi is the mean size of a clump in the sense of a variance, not below what is known of it.
func (c *clumps) phi(least float64) float64 {
	seen := (c.squares + clumpsPrior*least) / (c.expected + clumpsPrior)
	return min(mostClumps, max(least, least+clumpsTail*(seen-least)))
}
