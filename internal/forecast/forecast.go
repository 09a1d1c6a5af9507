package forecast

import (
	"fmt"
	"math"
	"time"
)

// How much history a date needs, and how far ahead one is worth naming.
const (
	MinDays  = 21 // before this no date is given
	FullDays = 28 // before this the interval is wide, and the forecast says so
	Horizon  = 90 // days ahead
)

// Dates are when a level is reached: with the load's upper bound, its middle and its lower bound. A zero time is beyond the horizon;
// the first may be reached while the others are not.
type Dates struct {
	Low, Mid, High time.Time
}

// Forecast is what is to come of one limit.
type Forecast struct {
	Days    int       // of history, with use
	Load    float64   // of a usual busy day now, as a ratio of the limit
	Weekly  float64   // growth in a week, as a ratio: 0.1 is 10 %
	Shift   time.Time // since when the level is another; zero for never
	Step    float64   // what the level changed to, as a ratio of what it was
	Wide    bool      // the history is short, so the interval is wide
	Unknown string    // why no date can be given; "" when it can

	m     model
	first time.Time
}

// New makes the forecast of a history.
func New(days []Day) Forecast {
	ps, first := pointsOf(days)
	f := Forecast{Days: len(ps)}
	if len(ps) < MinDays {
		f.Unknown = fmt.Sprintf("%d days with use, %d are needed", len(ps), MinDays)
		return f
	}
	f.first, f.m = first, fit(ps)
	f.Wide = len(ps) < FullDays
	f.Load, f.Weekly = math.Exp(f.m.level), math.Expm1(7*f.m.slope)
	if f.m.shift > 0 {
		f.Shift, f.Step = first.AddDate(0, 0, int(f.m.shift)), math.Exp(f.m.step)
		if f.m.after < MinDays {
			f.Unknown = fmt.Sprintf("the level changed by %+.0f %% on %s: %d days are too few to tell a trend, %d are needed",
				100*math.Expm1(f.m.step), f.Shift.Format(time.DateOnly), f.m.after, MinDays)
		}
	}
	return f
}

// At returns the load that is expected on a day and the bounds that hold it with a probability of 80 %, as ratios of the limit.
func (f *Forecast) At(date time.Time) (low, mid, high float64) {
	t := daysBetween(f.first, date)
	y, w := f.m.at(t, date.UTC().Weekday()), f.m.halfWidth(t-f.m.last)
	return math.Exp(y - w), math.Exp(y), math.Exp(y + w)
}

// Reaches returns when the load reaches a level, as a ratio of the limit, looking at the days up to the horizon. All is unknown
// where Unknown says why.
func (f *Forecast) Reaches(level float64) Dates {
	var d Dates
	if f.Unknown != "" {
		return d
	}
	last := f.first.AddDate(0, 0, int(f.m.last))
	for h := 1; h <= Horizon && d.High.IsZero(); h++ {
		date := last.AddDate(0, 0, h)
		low, mid, high := f.At(date)
		for _, b := range []struct {
			load float64
			at   *time.Time
		}{{high, &d.Low}, {mid, &d.Mid}, {low, &d.High}} {
			if b.at.IsZero() && b.load >= level {
				*b.at = date
			}
		}
	}
	return d
}
