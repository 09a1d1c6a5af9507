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
	counts map[countKey]*Count
}

type countKey struct {
	kind   CountKind
	reason string
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
	key := countKey{kind, reason}
	n := c.counts[key]
	if n == nil {
		if c.counts == nil {
			c.counts = make(map[countKey]*Count)
		}
		n = &Count{Kind: kind, Reason: reason}
		c.counts[key] = n
	}
	n.N += lines
	if n.Sample == "" {
		n.Sample = sample
	}
}

// Empty reports that nothing was counted since the last Take.
func (c *Counter) Empty() bool { return len(c.counts) == 0 }

// Take returns the counts under the source's name, in a fixed order, and starts again at nothing.
func (c *Counter) Take(source string) []Count {
	if c.Empty() {
		return nil
	}
	all := make([]Count, 0, len(c.counts))
	for _, n := range c.counts {
		n.Source = source
		all = append(all, *n)
	}
	c.counts = nil
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}
