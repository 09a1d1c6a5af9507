package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/store"
)

// reportFlags are what the report command is asked.
type reportFlags struct {
	serveFlags
	by           string
	since, until string
	where        []string
	top          int
	sort, zone   string
	output       string
	wide, advice bool
}

func newReport() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Add up calls, tokens, cost, 429s and latency, or say what could be better",
		Long: `Adds up calls, 429s, retries, tokens, cost and latency by any of model, pool, app, user, workspace, organization, provider, status, cause, day, hour
and minute. It reads the database, so it works beside a running agent and without one. With --advice it says what could be better, with the
numbers behind it.`,
		Example: `  claudewatch report --by app,model --since 30d
  claudewatch report --by day --tz Europe/Berlin --since 2026-11-01 --output csv
  claudewatch report --by user --where app=shop,model=~claude-sonnet.* --top 10 --sort cost_usd
  claudewatch report --advice`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.addDatabase(cmd)
	cmd.Flags().StringVar(&f.by, "by", "model", "what to tell apart, one or several: "+dimensionNames(", "))
	cmd.Flags().StringVar(&f.since, "since", "7d", "how far back, or from when: 24h, 7d, today, yesterday, 2026-11-01, 2026-11-01T09:00, or all")
	cmd.Flags().StringVar(&f.until, "until", "", "until before when, in the same forms (default: now)")
	cmd.Flags().StringArrayVar(&f.where, "where", nil, "only calls with these values, as in app=shop,status!=200,model=~claude-sonnet.*; repeatable")
	cmd.Flags().IntVar(&f.top, "top", 0, "only so many rows")
	cmd.Flags().StringVar(&f.sort, "sort", "", "column to sort by, turned round with a - before it (default: by time, else by calls)")
	cmd.Flags().StringVar(&f.zone, "tz", "Local", "time zone of days and hours, as in UTC or Europe/Berlin")
	cmd.Flags().StringVarP(&f.output, "output", "o", "table", "output format: table, json or csv")
	cmd.Flags().BoolVar(&f.wide, "wide", false, "all columns in the table, however wide")
	cmd.Flags().BoolVar(&f.advice, "advice", false, "say what could be better")
	return cmd
}

func (f *reportFlags) run(cmd *cobra.Command) error {
	if !slices.Contains([]string{"table", "json", "csv"}, f.output) {
		return &usageError{err: fmt.Errorf("--output %q: want table, json or csv", f.output)}
	}
	now := time.Now()
	if f.advice {
		for _, name := range []string{"by", "where", "top", "sort", "wide", "until"} {
			if cmd.Flags().Changed(name) {
				return &usageError{err: fmt.Errorf("--advice goes without --%s", name)}
			}
		}
		return f.runAdvice(cmd, now)
	}
	v, err := f.view(now)
	if err != nil {
		return err
	}
	err = readStore(cmd.Context(), &f.serveFlags, "report", func(ctx context.Context, db *store.DB) (err error) {
		v.report, err = db.Report(ctx, v.query)
		return err
	})
	if err != nil {
		return err
	}
	v.arrange()
	return v.show(cmd.OutOrStdout(), cmd.ErrOrStderr(), f.output)
}

// view makes of the flags what is asked of the store and how the answer is shown.
func (f *reportFlags) view(now time.Time) (*reportView, error) {
	v := &reportView{top: f.top, wide: f.wide, now: now}
	var err error
	if v.query.Zone, err = parseZone(f.zone); err != nil {
		return nil, err
	}
	if v.query.By, err = parseBy(f.by); err != nil {
		return nil, err
	}
	if v.query.Where, err = parseWhere(f.where); err != nil {
		return nil, err
	}
	if v.query.From, v.query.To, err = parseSpan(f.since, f.until, v.query.Zone, now); err != nil {
		return nil, err
	}
	if f.top < 0 {
		return nil, &usageError{err: fmt.Errorf("--top %d: below 0", f.top)}
	}
	if err := v.sortBy(f.sort); err != nil {
		return nil, err
	}
	// Percentiles by the minute take every single call; a table has no room for them there.
	v.query.Latency = f.output != "table" || f.wide || !slices.Contains(v.query.By, store.ByMinute)
	return v, nil
}

// show writes the answer, and what it lacks to where errors go, so that it is in nobody's data.
func (v *reportView) show(out, errOut io.Writer, format string) error {
	var err error
	switch format {
	case "json":
		err = v.json(out)
	case "csv":
		err = v.csv(out)
	default:
		err = v.table(out)
	}
	for _, line := range v.lacks() {
		fmt.Fprint(errOut, wrap("note: "+line, "  "))
	}
	return err
}

func dimensionNames(between string) string {
	var names []string
	for _, d := range store.Dimensions() {
		names = append(names, string(d))
	}
	return strings.Join(names, between)
}

// parseBy reads a list of dimensions. Nothing is the total alone.
func parseBy(text string) ([]store.Dimension, error) {
	var by []store.Dimension
	for name := range strings.SplitSeq(text, ",") {
		d := store.Dimension(strings.ToLower(strings.TrimSpace(name)))
		if d == "" {
			continue
		}
		if !slices.Contains(store.Dimensions(), d) {
			return nil, &usageError{err: fmt.Errorf("--by %q: no such dimension", clip(name, 40)), hint: dimensionHint(string(d))}
		}
		if slices.Contains(by, d) {
			return nil, &usageError{err: fmt.Errorf("--by %s: %s stands there twice", clip(text, 60), d)}
		}
		by = append(by, d)
	}
	return by, nil
}

func dimensionHint(written string) string {
	return config.DidYouMean(written, strings.Split(dimensionNames(","), ","))
}
