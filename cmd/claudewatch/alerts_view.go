package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

// firingView is what fires, and the silences.
type firingView struct {
	Now      time.Time        `json:"now"`
	Alerts   []listedAlert    `json:"alerts"`
	Silences []alerts.Silence `json:"silences"`
}

func (v *firingView) table(w io.Writer) error {
	var b strings.Builder
	if len(v.Alerts) == 0 {
		b.WriteString("No alert is firing.\n")
	}
	for i := range v.Alerts {
		a := &v.Alerts[i]
		line := fmt.Sprintf("%-8s  %s, for %s (%s)", strings.ToUpper(string(a.Severity)), printable(a.Facts.Title), span(v.Now.Sub(a.FiredAt)), a.Rule)
		if a.SilencedBy != "" {
			line += ", muted by " + a.SilencedBy
		}
		b.WriteString(wrap(line, strings.Repeat(" ", 10)))
	}
	if len(v.Silences) > 0 {
		b.WriteString("\n" + silenceLines(v.Silences))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (v *firingView) csv(w *csv.Writer) error {
	rows := [][]string{{"rule", "severity", "state", "labels", "fired_at", "value", "peak", "title", "silenced_by"}}
	for i := range v.Alerts {
		a := &v.Alerts[i]
		rows = append(rows, []string{
			a.Rule, string(a.Severity), string(a.State), labelText(a.Labels), csvTime(a.FiredAt),
			fmt.Sprint(a.Value), fmt.Sprint(a.Peak), a.Facts.Title, a.SilencedBy,
		})
	}
	return w.WriteAll(rows)
}

// historyView is what fired.
type historyView struct {
	Since  time.Time      `json:"since"`
	Alerts []alerts.Alert `json:"alerts"`
}

func (v *historyView) table(w io.Writer) error {
	if len(v.Alerts) == 0 {
		_, err := fmt.Fprintf(w, "Nothing has fired since %s.\n", v.Since.Local().Format("2006-01-02 15:04"))
		return err
	}
	t := &table{}
	t.add("FIRED", "LASTED", "SEVERITY", "RULE", "WHAT")
	for i := range v.Alerts {
		a := &v.Alerts[i]
		lasted := "still firing"
		if !a.ResolvedAt.IsZero() {
			lasted = span(a.ResolvedAt.Sub(a.FiredAt))
		}
		t.add(a.FiredAt.Local().Format("2006-01-02 15:04"), lasted, string(a.Severity), a.Rule, clip(printable(a.Facts.Title), 80))
	}
	_, err := io.WriteString(w, t.String())
	return err
}

func (v *historyView) csv(w *csv.Writer) error {
	rows := [][]string{{"rule", "severity", "labels", "fired_at", "resolved_at", "peak", "title", "episode"}}
	for i := range v.Alerts {
		a := &v.Alerts[i]
		rows = append(rows, []string{
			a.Rule, string(a.Severity), labelText(a.Labels), csvTime(a.FiredAt), csvTime(a.ResolvedAt), fmt.Sprint(a.Peak), a.Facts.Title, a.Episode,
		})
	}
	return w.WriteAll(rows)
}

// silencesView is silences that were made or ended.
type silencesView struct {
	Silences []alerts.Silence `json:"silences"`
}

func (v *silencesView) table(w io.Writer) error {
	_, err := io.WriteString(w, silenceLines(v.Silences))
	return err
}

func (v *silencesView) csv(w *csv.Writer) error {
	rows := [][]string{{"id", "matchers", "starts_at", "ends_at", "author", "comment"}}
	for _, s := range v.Silences {
		rows = append(rows, []string{s.ID, matcherText(s.Matchers), csvTime(s.StartsAt), csvTime(s.EndsAt), s.Author, s.Comment})
	}
	return w.WriteAll(rows)
}

func silenceLines(silences []alerts.Silence) string {
	t := &table{}
	t.add("SILENCE", "FROM", "UNTIL", "BY", "MATCHES")
	var notes strings.Builder
	for _, s := range silences {
		t.add(s.ID, s.StartsAt.Local().Format("2006-01-02 15:04"), s.EndsAt.Local().Format("2006-01-02 15:04"), clip(printable(s.Author), 20),
			clip(printable(matcherText(s.Matchers)), 80))
		if s.Comment != "" {
			notes.WriteString(wrap(s.ID+": "+printable(s.Comment), "  "))
		}
	}
	return t.String() + notes.String()
}

// testView is what became of test messages.
type testView struct {
	By      string       `json:"sent_by"`
	Results []testResult `json:"results"`
}

func (v *testView) table(w io.Writer) error {
	t := &table{}
	t.add("RECEIVER", "RESULT")
	for _, r := range v.Results {
		result := "ok"
		if !r.OK {
			result = "failed: " + clip(printable(r.Error), 200)
		}
		t.add(r.Receiver, result)
	}
	_, err := fmt.Fprintf(w, "%ssent by %s\n", t.String(), v.By)
	return err
}

func (v *testView) csv(w *csv.Writer) error {
	rows := [][]string{{"receiver", "ok", "error"}}
	for _, r := range v.Results {
		rows = append(rows, []string{r.Receiver, fmt.Sprint(r.OK), r.Error})
	}
	return w.WriteAll(rows)
}

func matcherText(all []alerts.Matcher) string {
	var parts []string
	for _, m := range all {
		parts = append(parts, m.String())
	}
	return strings.Join(parts, " ")
}

func labelText(labels map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, name+"="+labels[name])
	}
	return strings.Join(parts, " ")
}
