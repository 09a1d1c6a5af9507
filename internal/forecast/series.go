package forecast

import (
	"math"
	"slices"
	"time"
)

// Day is the load of one day: the 99th percentile of its minutes' loads, as a ratio of the limit. Days without use are left out.
type Day struct {
	Date time.Time // midnight UTC
	Load float64   // above 0
}

// point is a day as the model sees it.
type point struct {
	t       float64 // days since the first
	weekday time.Weekday
	y       float64 // logarithm of the load
}

// pointsOf returns the days with a load, in order, and the first of them.
func pointsOf(days []Day) (ps []point, first time.Time) {
	days = slices.DeleteFunc(slices.Clone(days), func(d Day) bool { return !(d.Load > 0) || math.IsInf(d.Load, 1) })
	slices.SortFunc(days, func(a, b Day) int { return a.Date.Compare(b.Date) })
	if len(days) > 0 {
		first = days[0].Date
	}
	for _, d := range days {
		ps = append(ps, point{t: daysBetween(first, d.Date), weekday: d.Date.UTC().Weekday(), y: math.Log(d.Load)})
	}
	return ps, first
}

func daysBetween(a, b time.Time) float64 { return math.Round(b.Sub(a).Hours() / 24) }

// median returns the middle of the values, which it sorts; 0 for none.
func median(v []float64) float64 {
	n := len(v)
	if n == 0 {
		return 0
	}
	slices.Sort(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}
