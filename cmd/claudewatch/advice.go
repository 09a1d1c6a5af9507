package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/store"
)

// advice is one thing that could be better, with the numbers that show it.
type advice struct {
	Kind    string             `json:"kind"`
	Subject map[string]string  `json:"subject"`
	What    string             `json:"what"`
	Numbers map[string]float64 `json:"numbers"`
	Do      string             `json:"do"`
}

// The kinds of advice.
const (
	adviceCache     = "cache_unused"
	adviceBatch     = "batch_possible"
	advicePools     = "pool_full_beside_idle"
	adviceLarge     = "request_large_for_its_bucket"
	adviceRetries   = "retries_burn_requests"
	adviceUser      = "user_over_fair_share"
	adviceUnused    = "limit_never_used"
	adviceLeast     = 200       // calls below which nothing is said of a group
	adviceLeastSpan = time.Hour // the same for the time between the first and the last call
)

// runAdvice finds and shows what could be better.
func (f *reportFlags) runAdvice(cmd *cobra.Command, now time.Time) error {
	zone, err := parseZone(f.zone)
	if err != nil {
		return err
	}
	from, to, err := parseSpan(f.since, "", zone, now)
	if err != nil {
		return err
	}
	cfg, err := f.config()
	if err != nil {
		return err
	}
	e := &evidence{from: from, to: to, zone: zone, cfg: cfg}
	if err := readStore(cmd.Context(), &f.serveFlags, "report", e.gather); err != nil {
		return err
	}
	all := e.advise()
	switch out := cmd.OutOrStdout(); f.output {
	case "json":
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(list(all))
	case "csv":
		return adviceCSV(out, all)
	default:
		return adviceText(out, e, all)
	}
}

// advise asks every finder. They are pure, so each can be tested on numbers alone.
func (e *evidence) advise() []advice {
	if e.thin() != "" {
		return nil
	}
	var all []advice
	for _, find := range []func(*evidence) []advice{
		findPools, findRetries, findLarge, findCache, findBatch, findUsers, findUnused,
	} {
		all = append(all, find(e)...)
	}
	return all
}

// thin says why nothing can be said, "" where something can.
func (e *evidence) thin() string {
	switch span := e.last.Sub(e.first); {
	case e.total.Calls < adviceLeast:
		return fmt.Sprintf("%s in this time; advice takes %d", plural(e.total.Calls, "call"), adviceLeast)
	case span < adviceLeastSpan:
		return fmt.Sprintf("the calls of this time are all within %s; advice takes an hour", adviceLeastSpan)
	default:
		return ""
	}
}

func adviceText(w io.Writer, e *evidence, all []advice) error {
	var b strings.Builder
	const layout = "2006-01-02 15:04 MST"
	fmt.Fprintf(&b, "%s to %s, %s\n\n", e.from.In(e.zone).Format(layout), e.to.In(e.zone).Format(layout), plural(e.total.Calls, "call"))
	switch why := e.thin(); {
	case why != "":
		b.WriteString(wrap("Nothing can be said yet: "+why+".", ""))
	case len(all) == 0:
		b.WriteString("Nothing stands out.\n")
	}
	for i := range all {
		a := &all[i]
		b.WriteString(wrap(fmt.Sprintf("%d. %s", i+1, printable(a.What)), "   "))
		b.WriteString(wrap("   Do: "+printable(a.Do), "   "))
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func adviceCSV(w io.Writer, all []advice) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{{"kind", "subject", "what", "numbers", "do"}}
	for i := range all {
		a := &all[i]
		var subject, numbers []string
		for _, k := range slices.Sorted(maps.Keys(a.Subject)) {
			subject = append(subject, k+"="+a.Subject[k])
		}
		for _, k := range slices.Sorted(maps.Keys(a.Numbers)) {
			numbers = append(numbers, fmt.Sprintf("%s=%.6g", k, a.Numbers[k]))
		}
		rows = append(rows, []string{a.Kind, harmless(strings.Join(subject, " ")), harmless(a.What), strings.Join(numbers, " "), harmless(a.Do)})
	}
	return out.WriteAll(rows)
}

// nameOf writes a value that may be unknown.
func nameOf(kind, value string) string {
	if value == "" {
		return "calls without " + kind
	}
	return kind + " " + printable(value)
}

// gather reads what the finders go by.
func (e *evidence) gather(ctx context.Context, db *store.DB) error {
	if err := e.gatherSums(ctx, db); err != nil {
		return err
	}
	if e.thin() != "" {
		return nil
	}
	if err := e.gatherLimits(ctx, db); err != nil {
		return err
	}
	return e.gatherCalls(ctx, db)
}
