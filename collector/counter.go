package collector

import (
	"cmp"
	"slices"
)

// otherFormat is the reason of a counted line that no decoder knew.
const otherFormat = "other"

// Counter adds up what became of lines, for the batch that covers them. The zero value is ready. It is not safe for
// concurrent use.
type Counter struct {
	counts []Count // few: looking through them takes less than a map
}

// Add counts one line by what became of it.
func (c *Counter) Add(o Outcome) { c.AddN(o, 1) }

// AddN counts n lines of which the same became.
func (c *Counter) AddN(o Outcome, lines int64) {
	format := o.Format
	if format == "" {
		format = otherFormat
	}
	c.add(CountLines, format, "", lines)
	switch {
	case o.Rejected != "":
		c.add(CountRejected, o.Rejected, o.Detail, lines)
	case o.Skipped != "":
		c.add(CountSkipped, o.Skipped, "", lines)
	}
}

func (c *Counter) add(kind CountKind, reason, sample string, lines int64) {
	for i := range c.counts {
		n := &c.counts[i]
		if n.Reason == reason && n.Kind == kind {
			n.N += lines
			if n.Sample == "" {
				n.Sample = sample
			}
			return
		}
	}
	c.counts = append(c.counts, Count{Kind: kind, Reason: reason, N: lines, Sample: sample})
}

// Empty reports that nothing was counted since the last Take.
func (c *Counter) Empty() bool { return len(c.counts) == 0 }

// Take returns the counts under the source's name, in a fixed order, and starts again at nothing.
func (c *Counter) Take(source string) []Count {
	all := c.counts
	c.counts = nil
	for i := range all {
		all[i].Source = source
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}
