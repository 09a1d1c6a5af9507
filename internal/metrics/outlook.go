package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/claudewatch/claudewatch/claude"
)

// Budget is how much of a budget its subject has used in the present period.
type Budget struct {
	Name, Subject string  // as configured, and whose it is: a user, an app, a workspace
	Used          float64 // 0 to 1 and above
}

// Forecast is when the use of a limit reaches a level. A zero time is beyond the horizon.
type Forecast struct {
	Bucket         claude.Bucket
	Level          string // LevelAsk or LevelHave
	Low, Mid, High time.Time
}

// outlook exports budgets and forecasts, as they are at the scrape.
type outlook struct {
	budgets   func() []Budget
	forecasts func() []Forecast
	fold      *folder

	used, at *prometheus.Desc
}

func newOutlook(r *registrar, fold *folder, o Options) *outlook {
	return &outlook{budgets: o.Budgets, forecasts: o.Forecasts, fold: fold, used: r.desc(BudgetUsedRatio), at: r.desc(ForecastTimestamp)}
}

// Describe implements prometheus.Collector.
func (o *outlook) Describe(ch chan<- *prometheus.Desc) {
	ch <- o.used
	ch <- o.at
}

// Collect implements prometheus.Collector.
func (o *outlook) Collect(ch chan<- prometheus.Metric) {
	if o.budgets != nil {
		o.collectBudgets(ch)
	}
	if o.forecasts != nil {
		o.collectForecasts(ch)
	}
}

// collectBudgets shows the most used one of the subjects that were folded into one.
func (o *outlook) collectBudgets(ch chan<- prometheus.Metric) {
	most := map[[2]string]float64{}
	for _, b := range o.budgets() {
		labels := [2]string{o.show(LabelBudget, b.Name), o.show(LabelSubject, b.Subject)}
		if used, ok := most[labels]; !ok || b.Used > used {
			most[labels] = b.Used
		}
	}
	for labels, used := range most {
		ch <- prometheus.MustNewConstMetric(o.used, prometheus.GaugeValue, used, labels[:]...)
	}
}

// collectForecasts shows the soonest of the buckets that were folded into one.
func (o *outlook) collectForecasts(ch chan<- prometheus.Metric) {
	soonest := map[[7]string]time.Time{}
	for _, f := range o.forecasts() {
		for bound, t := range map[string]time.Time{BoundLow: f.Low, BoundMid: f.Mid, BoundHigh: f.High} {
			labels := [7]string{
				o.show(LabelProvider, f.Bucket.Provider), o.show(LabelOrganization, f.Bucket.Organization), o.show(LabelWorkspace, f.Bucket.Workspace),
				o.show(LabelPool, string(f.Bucket.Pool)), o.show(LabelLimiter, string(f.Bucket.Limiter)), f.Level, bound,
			}
			if have, ok := soonest[labels]; !t.IsZero() && (!ok || t.Before(have)) {
				soonest[labels] = t
			}
		}
	}
	for labels, t := range soonest {
		ch <- prometheus.MustNewConstMetric(o.at, prometheus.GaugeValue, unixSeconds(t), labels[:]...)
	}
}

// show folds without counting: the same buckets and budgets come with every scrape.
func (o *outlook) show(label, value string) string {
	value, _ = o.fold.show(label, value)
	return value
}
