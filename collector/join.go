package collector

import "slices"

// join makes one batch of neighbours of one source, so that what the sink does for each batch is done once for all of them. It returns
// which of the batches each of the given ones went into. The given ones are not changed.
func join(batches []Batch) (joined []Batch, into []int) {
	for i := 0; i < len(batches); {
		n := i + 1
		for n < len(batches) && batches[n].Source == batches[i].Source {
			n++
		}
		for range n - i {
			into = append(into, len(joined))
		}
		joined = append(joined, joinAll(batches[i:n]))
		i = n
	}
	return joined, into
}

func joinAll(batches []Batch) Batch {
	if len(batches) == 1 {
		return batches[0]
	}
	all := Batch{Source: batches[0].Source, Unanswered: true}
	calls, keyed := 0, false
	for i := range batches {
		calls += len(batches[i].Calls)
		keyed = keyed || len(batches[i].Keys) > 0
		all.Unanswered = all.Unanswered && batches[i].Unanswered
	}
	all.Calls = slices.Grow(all.Calls, calls)
	for i := range batches {
		b := &batches[i]
		all.Calls = append(all.Calls, b.Calls...)
		all.Positions = append(all.Positions, b.Positions...)
		for _, c := range b.Counts {
			all.count(c)
		}
		if keyed {
			all.Keys = append(append(all.Keys, b.Keys...), make([]string, len(b.Calls)-len(b.Keys))...)
		}
	}
	return all
}

// count adds to the count of the same fate.
func (b *Batch) count(c Count) {
	for i := range b.Counts {
		was := &b.Counts[i]
		if was.Source == c.Source && was.Kind == c.Kind && was.Reason == c.Reason {
			was.N += c.N
			if was.Sample == "" {
				was.Sample = c.Sample
			}
			return
		}
	}
	b.Counts = append(b.Counts, c)
}
