package alerts

import (
	"fmt"
	"slices"
	"time"
)

// rank orders severities by urgency.
func (s Severity) rank() int { return slices.Index([]Severity{Info, Warning, Critical}, s) }

// tellFlapping says in the facts that an alert comes and goes, and how much longer that keeps it open.
func (a *Alert) tellFlapping(hold time.Duration) {
	if a.Active() && a.Flapping() {
		a.Facts.Fields = append(a.Facts.Fields, Field{"Flapping", fmt.Sprintf("fired %d times in an hour, so it stays open until it is clear for %s", len(a.Fires), Span(a.hold(hold)))})
	}
}
