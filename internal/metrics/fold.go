package metrics

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// maxLabelBytes is the longest label value; longer ones are cut. It is what a call keeps of any text.
const maxLabelBytes = 256

// folder keeps the number of values of each label in bounds. The first values of a label keep their names, later ones become
// "other": which ones depends on the order in which they come, so restoring in the order of arrival folds as before.
type folder struct {
	max    int
	folded *prometheus.CounterVec

	mu     sync.Mutex                     // guards values
	values map[string]map[string]struct{} // label to the values that keep their names
}

func newFolder(limit int, folded *prometheus.CounterVec) *folder {
	return &folder{max: limit, folded: folded, values: map[string]map[string]struct{}{}}
}

// narrow bounds the labels that multiply every set of call labels. The API knows a dozen values of each.
const narrow = 40

func (f *folder) limit(label string) int {
	switch label {
	case LabelStatus, LabelCause, LabelType:
		return min(narrow, f.max)
	default:
		return f.max
	}
}

// fold returns the value to show for a label of something that is counted, and counts when it is "other" instead.
func (f *folder) fold(label, value string) string {
	shown, folded := f.show(label, value)
	if folded {
		f.folded.WithLabelValues(label).Inc()
	}
	return shown
}

// show returns the value to show for a label, and whether it was folded. An empty value stays empty: it is not one of the
// label's values.
func (f *folder) show(label, value string) (shown string, folded bool) {
	value = clean(value)
	if value == "" || value == ValueOther {
		return value, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.values[label]
	if _, ok := known[value]; ok {
		return value, false
	}
	if len(known) >= f.limit(label) {
		return ValueOther, true
	}
	if known == nil {
		known = map[string]struct{}{}
		f.values[label] = known
	}
	known[strings.Clone(value)] = struct{}{} // the value may be a piece of a long line
	return value, false
}

// clean makes a text valid UTF-8 of at most maxLabelBytes.
func clean(s string) string {
	if len(s) > maxLabelBytes {
		s = s[:maxLabelBytes]
	}
	return strings.ToValidUTF8(s, "?") // one byte for one or more, so that it never grows
}
