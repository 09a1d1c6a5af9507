package tail

import "github.com/claudewatch/claudewatch/collector"

// run is some lines that follow each other, by what became of them. Lines are counted once the position has passed them, so that a
// crash counts none twice; a run ends where a position may come to lie.
type run struct {
	end   int64 // offset behind the last line
	kinds []kind
}

// kind is a number of lines of one outcome.
type kind struct {
	outcome collector.Outcome // without calls
	n       int64
}

// hold keeps an outcome until its line is behind the position. A line that may begin a record of several lines begins a run, as
// the position may stay before it.
func (f *file) hold(end int64, o collector.Outcome) {
	part := len(o.Calls) == 0 && o.Skipped == "" && o.Rejected == ""
	o.Calls = nil
	if part || len(f.runs) == 0 {
		f.runs = append(f.runs, run{})
	}
	r := &f.runs[len(f.runs)-1]
	r.end = end
	for i := range r.kinds {
		k := &r.kinds[i]
		if k.outcome.Format == o.Format && k.outcome.Skipped == o.Skipped && k.outcome.Rejected == o.Rejected {
			k.n++
			return
		}
	}
	r.kinds = append(r.kinds, kind{o, 1})
}

// settle counts the outcomes of the lines before the offset.
func (f *file) settle(offset int64, counts *collector.Counter) {
	n := 0
	for n < len(f.runs) && f.runs[n].end <= offset {
		for i := range f.runs[n].kinds {
			k := &f.runs[n].kinds[i]
			counts.AddN(k.outcome, k.n)
		}
		n++
	}
	if n == len(f.runs) {
		f.runs = nil
		return
	}
	f.runs = append(f.runs[:0], f.runs[n:]...)
}
