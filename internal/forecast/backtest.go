package forecast

import (
	"math"
)

// Score is how well forecasts of a history's later days from its earlier ones did.
type Score struct {
	Forecasts int
	Covered   int     // days that lay in the 80 % interval
	Loss      float64 // sum of the pinball losses at 10, 50 and 90 %, of the load's logarithm
	NaiveLoss float64 // the same for a seasonal-naive forecast: what the weekday had last time, give or take its usual change
}

// Coverage is the share of days that lay in the 80 % interval; NaN for no forecast.
func (s Score) Coverage() float64 { return float64(s.Covered) / float64(s.Forecasts) }

// Skill is how much less was lost than by the seasonal-naive forecast: 0 is no better, 1 is perfect. NaN for no forecast.
func (s Score) Skill() float64 { return 1 - s.Loss/s.NaiveLoss }

// Add adds another history's score.
func (s *Score) Add(o Score) {
	s.Forecasts += o.Forecasts
	s.Covered += o.Covered
	s.Loss += o.Loss
	s.NaiveLoss += o.NaiveLoss
}

// Backtest forecasts each later day of a history from the days before it: from windows of so many days, one after the other, so
// many days ahead.
func Backtest(days []Day, window int, ahead ...int) Score {
	var s Score
	for end := window; end < len(days); end++ {
		known := days[end-window : end]
		f := New(known)
		if f.first.IsZero() {
			continue
		}
		naive := newNaive(known)
		for _, h := range ahead {
			if end+h-1 >= len(days) || !(days[end+h-1].Load > 0) {
				continue
			}
			s.judge(&f, naive, days[end+h-1], h)
		}
	}
	return s
}

func (s *Score) judge(f *Forecast, n naive, was Day, h int) {
	low, mid, high := f.At(was.Date)
	y := math.Log(was.Load)
	s.Forecasts++
	if was.Load >= low && was.Load <= high {
		s.Covered++
	}
	s.Loss += pinball(y, math.Log(low), math.Log(mid), math.Log(high))
	m, w := n.at(h)
	s.NaiveLoss += pinball(y, m-w, m, m+w)
}

// pinball is the loss of a forecast of the 10, 50 and 90 % quantiles. It is least for the true ones.
func pinball(y, low, mid, high float64) float64 {
	loss := func(q, tau float64) float64 { return math.Max(tau*(y-q), (tau-1)*(y-q)) }
	return loss(low, 0.1) + loss(mid, 0.5) + loss(high, 0.9)
}

// naive is the seasonal-naive forecast: the same weekday's last value, and the spread of its changes from week to week.
type naive struct {
	week   [7]float64 // the last seven days, the oldest first
	spread float64
}

func newNaive(days []Day) naive {
	var n naive
	y := make([]float64, len(days))
	for i, d := range days {
		y[i] = math.Log(d.Load)
	}
	var changes []float64
	for i := 7; i < len(y); i++ {
		if c := math.Abs(y[i] - y[i-7]); !math.IsNaN(c) && !math.IsInf(c, 0) {
			changes = append(changes, c)
		}
	}
	copy(n.week[:], y[len(y)-7:])
	n.spread = 1.4826 * median(changes)
	return n
}

// at returns the middle and the half width of the 80 % interval, h days ahead.
func (n naive) at(h int) (mid, half float64) {
	weeks := (h + 6) / 7
	return n.week[(h-1)%7], z80 * n.spread * math.Sqrt(float64(weeks))
}
