package metrics

import "github.com/prometheus/client_golang/prometheus"

// intake holds the counters of what the sources deliver.
type intake struct {
	fold                            *folder
	lines, skipped, rejected        *prometheus.CounterVec
	ingested, duplicate, historical *prometheus.CounterVec
	commit                          *prometheus.HistogramVec
}

func newIntake(r *registrar, fold *folder) *intake {
	return &intake{
		fold:  fold,
		lines: r.counter(Lines), skipped: r.counter(LinesSkipped), rejected: r.counter(LinesRejected),
		ingested: r.counter(CallsIngested), duplicate: r.counter(CallsDuplicate), historical: r.counter(CallsHistorical),
		commit: r.histogram(CommitSeconds, []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}),
	}
}

// Count counts n lines of a source that shared a fate: kind is "lines" (reason is the format that knew them), "skipped" or
// "rejected". Other kinds and an n below 1 count nothing.
func (m *Metrics) Count(kind, source, reason string, n int64) {
	vec, label := m.intake.lines, LabelFormat
	switch kind {
	case "lines":
	case "skipped":
		vec, label = m.intake.skipped, LabelReason
	case "rejected":
		vec, label = m.intake.rejected, LabelReason
	default:
		return
	}
	if n > 0 {
		vec.WithLabelValues(m.fold.fold(LabelSource, source), m.fold.fold(label, reason)).Add(float64(n))
	}
}

// Ingested counts the calls that a source delivered: new to the store, known already, and those of the new ones that were
// history when they were read. Zeros are exported. Call it at the start with what the store holds, and the counters go on.
func (m *Metrics) Ingested(source string, fresh, duplicate, historical int64) {
	source = m.fold.fold(LabelSource, source)
	rise(m.intake.ingested.WithLabelValues(source), float64(fresh))
	rise(m.intake.duplicate.WithLabelValues(source), float64(duplicate))
	rise(m.intake.historical.WithLabelValues(source), float64(historical))
}

// CommitSeconds observes how long a commit to the store took.
func (m *Metrics) CommitSeconds(seconds float64) { m.intake.commit.WithLabelValues().Observe(seconds) }
