package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Dimension is what a report tells calls apart by.
type Dimension string

// The dimensions of a report. The last three are times: the local day, hour and minute of a call.
const (
	ByModel        Dimension = "model"
	ByPool         Dimension = "pool"
	ByApp          Dimension = "app"
	ByUser         Dimension = "user"
	ByWorkspace    Dimension = "workspace"
	ByOrganization Dimension = "organization"
	ByProvider     Dimension = "provider"
	ByStatus       Dimension = "status"
	ByCause        Dimension = "cause"
	ByDay          Dimension = "day"
	ByHour         Dimension = "hour"
	ByMinute       Dimension = "minute"
)

// Dimensions returns all dimensions.
func Dimensions() []Dimension {
	return []Dimension{
		ByModel, ByPool, ByApp, ByUser, ByWorkspace, ByOrganization, ByProvider, ByStatus, ByCause, ByDay, ByHour, ByMinute,
	}
}

// IsTime reports a dimension that is a span of time.
func (d Dimension) IsTime() bool { return d == ByDay || d == ByHour || d == ByMinute }

// ReportQuery says which calls to add up, and by what.
type ReportQuery struct {
	From, To time.Time // calls from one time until before the other; zero for no bound
	By       []Dimension
	Where    []ReportFilter
	Zone     *time.Location // of days, hours and minutes; nil is UTC
	// Latency says that percentiles are wanted. Sums by minute hold none, so that the ends of a span may take the calls themselves.
	Latency bool
}

// ReportFilter chooses calls by one dimension, which is no time. Of Is and Match one is set. An unknown value is "".
type ReportFilter struct {
	Dimension Dimension
	Is        claude.Opt[string]
	Match     func(value string) bool
}

func (f *ReportFilter) matches(value string) bool {
	if is, ok := f.Is.Get(); ok {
		return value == is
	}
	return f.Match(value)
}

// ReportRow is what the calls of one group add up to.
type ReportRow struct {
	// Values are those of the dimensions, in the order of the query; "" is unknown. Days are as 2006-01-02, hours and minutes as
	// RFC 3339 in the query's zone.
	Values []string
	ReportSums
}

// ReportGap is a span that a report leaves out, because what it would need is kept no longer.
type ReportGap struct {
	From, To time.Time
	// LatencyOnly says that the sums are there and only the percentiles lack these calls.
	LatencyOnly bool
}

// Report is the answer to a query.
type Report struct {
	From, To time.Time // the span; whole UTC days where the query sets no bound
	Rows     []ReportRow
	Total    ReportSums
	Gaps     []ReportGap
	RowsRead map[string]int64 // of each table
}

func (q *ReportQuery) validate() error {
	for _, d := range q.By {
		if !slices.Contains(Dimensions(), d) {
			return fmt.Errorf("report by %q: no such dimension", d)
		}
	}
	for i := range q.Where {
		f := &q.Where[i]
		if f.Dimension.IsTime() || !slices.Contains(Dimensions(), f.Dimension) {
			return fmt.Errorf("report where %q: no such dimension", f.Dimension)
		}
		if !f.Is.Known() && f.Match == nil {
			return fmt.Errorf("report where %s: neither a value nor a match", f.Dimension)
		}
	}
	if !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From) {
		return errors.New("report: it ends before it begins")
	}
	return nil
}

// asks reports whether a dimension is one to group or to filter by.
func (q *ReportQuery) asks(d Dimension) bool {
	return slices.Contains(q.By, d) || slices.ContainsFunc(q.Where, func(f ReportFilter) bool { return f.Dimension == d })
}

// finest returns the shortest span that is grouped by, "" for none.
func (q *ReportQuery) finest() Dimension {
	for _, d := range []Dimension{ByMinute, ByHour, ByDay} {
		if slices.Contains(q.By, d) {
			return d
		}
	}
	return ""
}

// Report adds up the calls that a query asks for, from the coarsest sums that give the exact answer: by UTC day, by hour, by minute,
// else the calls themselves. All is read from one state of the database.
func (db *DB) Report(ctx context.Context, q ReportQuery) (Report, error) {
	if err := q.validate(); err != nil {
		return Report{}, err
	}
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	var rep Report
	err := db.snapshot(ctx, func(s *reportScan) (err error) {
		s.q = q
		rep, err = s.report(ctx)
		return err
	})
	return rep, wrap("read store", db.path, err)
}
