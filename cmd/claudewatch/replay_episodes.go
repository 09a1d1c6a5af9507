package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

// episodes keeps what the engine would save, in memory. It implements alerts.Keeper.
type episodes struct {
	seen  map[string]alerts.Alert // the last state of each episode
	alive map[string]bool         // fingerprints of alerts that are pending or firing
}

func newEpisodes() *episodes {
	return &episodes{seen: map[string]alerts.Alert{}, alive: map[string]bool{}}
}

// Alerts returns none: a replay begins without a past.
func (e *episodes) Alerts(context.Context) ([]alerts.Alert, error) { return nil, nil }

// SaveAlerts keeps the alerts as they are now.
func (e *episodes) SaveAlerts(_ context.Context, changed []alerts.Changed) error {
	for _, c := range changed {
		a := c.Alert
		if a.Episode != "" {
			e.seen[a.Episode] = a
		}
		if a.Active() || a.State == alerts.Pending {
			e.alive[a.Fingerprint] = true
		} else {
			delete(e.alive, a.Fingerprint)
		}
	}
	return nil
}

// open reports whether something is pending or firing.
func (e *episodes) open() bool { return len(e.alive) > 0 }

// list returns all episodes in the order in which they fired. firing are those of now, which know their peak best.
func (e *episodes) list(firing []alerts.Alert) []episode {
	for _, a := range firing {
		e.seen[a.Episode] = a
	}
	var out []episode
	for _, a := range e.seen {
		ep := episode{Rule: a.Rule, Severity: a.Severity, Labels: a.Labels, From: a.FiredAt.UTC(), Peak: a.Peak, Muted: a.Revision == 0}
		if ep.what, ep.unit = a.Facts.Title, a.Facts.Unit; !a.Active() {
			to := a.ResolvedAt.UTC()
			ep.To = &to
		}
		out = append(out, ep)
	}
	slices.SortFunc(out, func(a, b episode) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.labels(), b.labels()))
	})
	return out
}

// episode is one run of an alert from firing to resolved.
type episode struct {
	Rule     string            `json:"rule"`
	Severity alerts.Severity   `json:"severity"`
	Labels   map[string]string `json:"labels"`
	From     time.Time         `json:"from"`
	To       *time.Time        `json:"to"` // nil while it fires at the end of the log
	Peak     float64           `json:"peak"`
	// Muted says that nobody would have been told, since a graver alert spoke for it from beginning to end.
	Muted bool `json:"muted,omitempty"`

	what, unit string
}

func (e *episode) labels() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(e.Labels)) {
		parts = append(parts, name+"="+e.Labels[name])
	}
	return strings.Join(parts, ",")
}

// peak writes the peak in its unit.
func (e *episode) peak() string {
	switch e.unit {
	case "ratio":
		return fmt.Sprintf("%.0f %%", e.Peak*100)
	case "seconds":
		return span(time.Duration(e.Peak * float64(time.Second)))
	default:
		return strings.TrimSpace(human(e.Peak) + " " + e.unit)
	}
}

// notReplayed names the rules that a log alone tells nothing for.
const notReplayed = "\nNot replayed: source_absent, agent_blind and upgrade_due. They look at the agent, its sources and weeks of use.\n"

const replayTime = "2006-01-02 15:04:05"

// episodesTable shows the episodes to people, all times in UTC.
func episodesTable(w io.Writer, r replayed) error {
	if r.calls == 0 {
		_, err := fmt.Fprintln(w, "No call with a time found: nothing to replay.")
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s from %s to %s UTC\n\n", plural(r.calls, "call"), r.first.UTC().Format(replayTime), r.last.UTC().Format(replayTime))
	if len(r.episodes) == 0 {
		b.WriteString("No alert would have fired.\n")
	} else {
		b.WriteString(r.table())
	}
	b.WriteString(notReplayed)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *replayed) table() string {
	t := table{right: map[int]bool{4: true, 5: true}}
	t.add("RULE", "SEVERITY", "FROM", "TO", "FOR", "PEAK", "WHAT")
	for i := range r.episodes {
		e := &r.episodes[i]
		to, end := "still firing", r.last
		if e.To != nil {
			to, end = e.To.Format(replayTime), *e.To
		}
		what := clip(printable(e.what), 100)
		if e.Muted {
			what += " (a graver alert spoke for it)"
		}
		t.add(e.Rule, string(e.Severity), e.From.Format(replayTime), to, span(end.Sub(e.From)), e.peak(), what)
	}
	return t.String()
}

// episodesJSON writes an object for each episode, one a line.
func episodesJSON(w io.Writer, r replayed) error {
	enc := json.NewEncoder(w)
	for i := range r.episodes {
		if err := enc.Encode(&r.episodes[i]); err != nil {
			return fmt.Errorf("print episodes: %w", err)
		}
	}
	return nil
}

func episodesCSV(w io.Writer, r replayed) error {
	rows := [][]string{{"rule", "severity", "labels", "from", "to", "peak", "muted"}}
	for i := range r.episodes {
		e := &r.episodes[i]
		to := ""
		if e.To != nil {
			to = e.To.Format(time.RFC3339Nano)
		}
		rows = append(rows, []string{
			e.Rule, string(e.Severity), e.labels(), e.From.Format(time.RFC3339Nano), to, strconv.FormatFloat(e.Peak, 'g', -1, 64), strconv.FormatBool(e.Muted),
		})
	}
	return csv.NewWriter(w).WriteAll(rows)
}
