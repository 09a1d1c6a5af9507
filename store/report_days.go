package store

import (
	"slices"
	"sort"
	"time"
)

// calendar is how a report's time is cut: at local midnights, hours or minutes, or not at all.
type calendar struct {
	zone *time.Location
	by   Dimension // "" for not at all
	cuts []int64   // the local midnights from the one before the span on, in Unix milliseconds
}

// newCalendar cuts a span. A day begins with its first moment, which where clocks are put forward at midnight is not 00:00.
func newCalendar(zone *time.Location, by Dimension, from, to int64) calendar {
	c := calendar{zone: zone, by: by}
	if by != ByDay {
		return c
	}
	y, m, d := time.UnixMilli(from).In(zone).Date()
	for i := 0; ; i++ {
		cut := beginOfDay(y, m, d+i, zone).UnixMilli()
		if n := len(c.cuts); n == 0 || cut > c.cuts[n-1] { // a zone that crosses the date line leaves a day out
			c.cuts = append(c.cuts, cut)
		}
		if cut >= to {
			return c
		}
	}
}

// beginOfDay returns the first moment of a local day, or of the next one where a zone leaves the day out.
func beginOfDay(y int, m time.Month, d int, zone *time.Location) time.Time {
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	first := day.Add(-15 * time.Hour) // the zones reach from 12 h behind UTC to 14 h before it
	seconds := sort.Search(28*3600, func(i int) bool {
		ly, lm, ld := first.Add(time.Duration(i) * time.Second).In(zone).Date()
		return !time.Date(ly, lm, ld, 0, 0, 0, 0, time.UTC).Before(day)
	})
	return first.Add(time.Duration(seconds) * time.Second)
}

// plan lets a planner choose tables for the span.
func (c *calendar) plan(p *planner, from, to int64) {
	switch c.by {
	case ByDay:
		for i, cut := range c.cuts[:len(c.cuts)-1] {
			p.span(max(cut, from), min(c.cuts[i+1], to), aDay)
		}
	case ByHour:
		c.planHours(p, from, to)
	case ByMinute:
		p.span(from, to, aMinute)
	default:
		p.span(from, to, aDay)
	}
}

// planHours takes hours of UTC where they are those of the zone, and minutes elsewhere.
func (c *calendar) planHours(p *planner, from, to int64) {
	for from < to {
		t := time.UnixMilli(from).In(c.zone)
		_, offset := t.Zone()
		end := to
		if _, change := t.ZoneBounds(); !change.IsZero() {
			end = min(to, change.UnixMilli())
		}
		unit := aMinute
		if offset%3600 == 0 {
			unit = anHour
		}
		p.span(from, end, unit)
		from = end
	}
}

// begin returns when the local day, hour or minute of a time begins; 0 where time is not cut.
func (c *calendar) begin(at int64) int64 {
	switch c.by {
	case ByDay:
		i, found := slices.BinarySearch(c.cuts, at)
		if !found {
			i--
		}
		return c.cuts[i]
	case ByHour:
		_, offset := time.UnixMilli(at).In(c.zone).Zone()
		return down(at+int64(offset)*aSecond, anHour) - int64(offset)*aSecond
	case ByMinute:
		return down(at, aMinute)
	default:
		return 0
	}
}

// text returns a time as a dimension's value.
func (c *calendar) text(d Dimension, begin int64) string {
	t := time.UnixMilli(begin).In(c.zone)
	switch d {
	case ByDay:
		return t.Format(time.DateOnly)
	case ByHour:
		_, offset := t.Zone()
		return time.UnixMilli(down(begin+int64(offset)*aSecond, anHour) - int64(offset)*aSecond).In(c.zone).Format(time.RFC3339)
	default:
		return t.Format(time.RFC3339)
	}
}
