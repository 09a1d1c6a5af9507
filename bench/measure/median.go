package measure

import "slices"

// Median is the middle of what a function tells of each run; of an even number of runs, the larger of the two in the middle. There is
// at least one run.
func Median[R any](runs []R, of func(R) float64) float64 {
	values := make([]float64, 0, len(runs))
	for _, r := range runs {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// Seconds returns the medians of the runs' costs: of CPU and wall time in seconds, and of the peak in bytes.
func Seconds(runs []Cost) (cpu, wall, peak float64) {
	return Median(runs, func(c Cost) float64 { return c.CPU.Seconds() }), Median(runs, func(c Cost) float64 { return c.Wall.Seconds() }),
		Median(runs, func(c Cost) float64 { return float64(c.Peak) })
}
