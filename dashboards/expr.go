package dashboards

import (
	"fmt"
	"strings"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// bucket selects the chosen series of a metric of limits. Several agents see the same limits, so these are joined by max or
// min, never by sum.
func bucket(metric string, more ...string) string {
	labels := metrics.BucketLabels()
	return metric + "{" + strings.Join(append([]string{selector(labels[:len(labels)-1]...)}, more...), ", ") + "}" // all limiters
}

// calls selects the chosen series of a metric of calls. Each agent counts its own, so these are joined by sum.
func calls(metric string, more ...string) string {
	return metric + "{" + strings.Join(append([]string{selector(metrics.CallLabels()...)}, more...), ", ") + "}"
}

// equal matches one value of a label.
func equal(label, value string) string { return fmt.Sprintf(`%s=%q`, label, value) }

// rate is what a selection of counters rises by in a second.
func rate(selection string) string { return "rate(" + selection + "[$__rate_interval])" }

// sum adds up an expression, by labels if there are any.
func sum(expr string, by ...string) string { return aggregate("sum", expr, by) }

// most is the largest value of an expression, by labels if there are any.
func most(expr string, by ...string) string { return aggregate("max", expr, by) }

// least is the smallest value of an expression, by labels if there are any.
func least(expr string, by ...string) string { return aggregate("min", expr, by) }

func aggregate(op, expr string, by []string) string {
	if len(by) == 0 {
		return op + "(" + expr + ")"
	}
	return op + " by (" + strings.Join(by, ", ") + ") (" + expr + ")"
}

// rise is what a selection of counters rose by in the chosen time.
func rise(selection string) string { return "increase(" + selection + "[$__range])" }

// top keeps the largest series, so that an installation with hundreds of apps can still be read.
func top(expr string) string { return "topk(15, " + expr + ")" }

// countAbove counts the series that have reached a value. No series at all is no data, not 0.
func countAbove(expr, value string) string {
	return "count(" + expr + " >= " + value + ") or 0 * count(" + expr + ")"
}

// orZero is the expression, or 0 where it has no series but what it is a part of has one. Where that has none either, it has
// no value: no data must not look like 0.
func orZero(expr, whole string) string { return expr + " or 0 * " + whole }

// quantiles asks a histogram of seconds for the usual quantiles.
func quantiles(selection string) []query {
	var queries []query
	for _, q := range []struct{ quantile, legend string }{{"0.5", "p50"}, {"0.95", "p95"}, {"0.99", "p99"}} {
		queries = append(queries, query{
			expr:   "histogram_quantile(" + q.quantile + ", " + sum(rate(selection), "le") + ")",
			legend: q.legend,
		})
	}
	return queries
}
