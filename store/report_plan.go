package store

import (
	"slices"
	"time"
)

// reportTable is a table that a report can read. Times of a report's segments are Unix milliseconds.
type reportTable struct {
	name    string
	source  string // what statements read
	unit    int64  // how long a row's span is, in milliseconds
	user    bool   // whether rows tell users apart
	latency bool   // whether rows hold latencies
}

const (
	milli   = int64(1)
	aSecond = 1000 * milli
	aMinute = 60 * aSecond
	anHour  = 60 * aMinute
	aDay    = 24 * anHour
)

var (
	tableDays    = &reportTable{"days", "days", aDay, true, true}
	tableHours   = &reportTable{"hours", "hours", anHour, false, true}
	tableMinutes = &reportTable{"minutes", "minutes", aMinute, false, false}
	tableCalls   = &reportTable{"calls", "calls", milli, true, true}

	// The two parts of days.
	tableDayRows = &reportTable{"days", "day_rows", aDay, true, true}
	tableWaiting = &reportTable{"days", "day_blocks b CROSS JOIN claudewatch_sums(b.sums)", aDay, true, true}
)

// segment is a span that is read from one table.
type segment struct {
	table    *reportTable
	from, to int64
}

// planner chooses tables. What it decides depends on nothing else, so that it can be tested by itself.
type planner struct {
	user, latency bool // what is asked for
	fewDays       bool // the days have fewer rows than their hours, although they tell users apart
	// From when on calls and minutes are all there; whole minutes.
	callsFrom, minutesFrom int64

	segments []segment
	gaps     []ReportGap
}

// span plans one span that rows of tables up to a unit may not reach out of.
func (p *planner) span(from, to, unit int64) {
	tables := []*reportTable{tableDays, tableHours, tableMinutes}
	p.split(from, to, slices.DeleteFunc(tables, func(t *reportTable) bool {
		return t.unit > unit || p.user && !t.user || p.latency && !t.latency || t == tableDays && !p.user && !p.fewDays
	}))
}

// split takes what the first table has whole rows for from that, and the ends from the next ones.
func (p *planner) split(from, to int64, tables []*reportTable) {
	if from >= to {
		return
	}
	if len(tables) == 0 {
		p.calls(from, to)
		return
	}
	t := tables[0]
	first, last := up(from, t.unit), down(to, t.unit)
	if t == tableMinutes {
		first = max(first, p.minutesFrom)
	}
	if first >= last {
		p.split(from, to, tables[1:])
		return
	}
	p.split(from, first, tables[1:])
	p.add(t, first, last)
	p.split(last, to, tables[1:])
}

// calls plans a span that only the calls themselves tell all of. Before those that are kept, whole minutes tell the sums.
func (p *planner) calls(from, to int64) {
	kept := min(max(from, p.callsFrom), to)
	p.add(tableCalls, kept, to)
	if from >= kept {
		return
	}
	first, last := max(up(from, aMinute), p.minutesFrom), down(kept, aMinute)
	if p.user || first >= last {
		p.gap(from, kept, false)
		return
	}
	p.gap(from, first, false)
	p.add(tableMinutes, first, last)
	if p.latency {
		p.gap(first, last, true)
	}
	p.gap(last, kept, false)
}

func (p *planner) add(t *reportTable, from, to int64) {
	if from >= to {
		return
	}
	if n := len(p.segments); n > 0 && p.segments[n-1].table == t && p.segments[n-1].to == from {
		p.segments[n-1].to = to
		return
	}
	p.segments = append(p.segments, segment{t, from, to})
}

func (p *planner) gap(from, to int64, latencyOnly bool) {
	if from >= to {
		return
	}
	g := ReportGap{time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC(), latencyOnly}
	if n := len(p.gaps); n > 0 && p.gaps[n-1].To.Equal(g.From) && p.gaps[n-1].LatencyOnly == latencyOnly {
		p.gaps[n-1].To = g.To
		return
	}
	p.gaps = append(p.gaps, g)
}

// up and down round a time to whole units.
func up(at, unit int64) int64   { return -down(-at, unit) }
func down(at, unit int64) int64 { return at - (at%unit+unit)%unit }
