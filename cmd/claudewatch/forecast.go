package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/forecast"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/store"
)

func newForecast() *cobra.Command {
	var flags serveFlags
	var output string
	var backtest bool
	cmd := &cobra.Command{
		Use:   "forecast",
		Short: "Show when each limit's use will reach 50 % and 80 %",
		Long: `Shows for each limit when the use of its busiest minutes will reach half of it (from there on a higher one may be asked for) and 80 % (it should be
there), each with the middle and, in brackets, the days that hold it with a probability of 80 %; or why it can't say. With --backtest it shows how well the same
forecasts of the past did: how often the interval held, and how much better than last week's value they were.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			show, ok := map[string]func(io.Writer, []limitForecast) error{"table": forecastTable, "json": forecastJSON}[output]
			if !ok {
				return &usageError{err: fmt.Errorf("--output %q: want table or json", output)}
			}
			all, err := readForecasts(cmd.Context(), &flags)
			if err != nil {
				return err
			}
			if backtest {
				show = backtestTable
			}
			return show(cmd.OutOrStdout(), all)
		},
	}
	flags.addDatabase(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "output format: table or json")
	cmd.Flags().BoolVar(&backtest, "backtest", false, "show how well forecasts of the past did")
	return cmd
}

// readForecasts makes the forecasts from the database alone.
func readForecasts(ctx context.Context, flags *serveFlags) (_ []limitForecast, err error) {
	cfg, err := flags.config()
	if err != nil {
		return nil, err
	}
	path, err := cfg.DatabasePath(os.Getenv)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, hinted{fmt.Errorf("forecast: %w", err), "no agent has run on this database yet; start one with claudewatch serve, or name the database with --db FILE"}
	}
	db, err := store.Open(ctx, store.Options{Path: path, ReadOnly: true})
	if err != nil {
		return nil, explainStore(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	now := time.Now()
	tracker, err := limits.New(limits.Options{Limits: configuredLimits(cfg)})
	if err != nil {
		return nil, err
	}
	return makeForecasts(ctx, db, tracker.Levels(now), now)
}

func forecastTable(w io.Writer, all []limitForecast) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "No limit is known yet: no call with rate-limit headers, and no limit in the configuration.")
		return err
	}
	t := &table{right: map[int]bool{2: true, 3: true, 4: true}}
	t.add("POOL", "LIMITER", "LIMIT", "BUSY", "WEEK", "50 % ON", "80 % ON")
	var notes strings.Builder
	silent := map[string][]string{} // why there is no date, and for whom
	for i := range all {
		f := &all[i]
		busy, week, ask, have := unknown, unknown, unknown, unknown
		if f.forecast.Days >= forecast.MinDays {
			busy, week = percent(claude.Some(f.forecast.Load)), fmt.Sprintf("%+.1f %%", 100*f.forecast.Weekly)
		}
		if f.forecast.Unknown == "" {
			ask, have = when(f.ask), when(f.have)
		}
		t.add(clip(printable(string(f.bucket.Pool)), 12), string(f.bucket.Limiter), human(float64(f.limit)), busy, week, ask, have)
		if why := f.forecast.Unknown; why != "" {
			silent[why] = append(silent[why], f.name())
			continue
		}
		notes.WriteString(f.note())
	}
	for _, why := range slices.Sorted(maps.Keys(silent)) {
		who := strings.Join(silent[why], ", ")
		if n := len(silent[why]); n > 3 {
			who = plural(int64(n), "limit")
		}
		notes.WriteString(wrap(who+": no date: "+why, "  "))
	}
	_, err := io.WriteString(w, t.String()+"\n"+notes.String())
	return err
}

func (f *limitForecast) name() string {
	return printable(string(f.bucket.Pool)) + " " + string(f.bucket.Limiter)
}

// when is the middle of an interval, and its ends.
func when(d forecast.Dates) string {
	if d.Mid.IsZero() && d.Low.IsZero() {
		return fmt.Sprintf("> %d days", forecast.Horizon)
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return "later"
		}
		return t.Format("2 Jan")
	}
	return fmt.Sprintf("%s (%s - %s)", day(d.Mid), day(d.Low), day(d.High))
}

// note says what the forecast goes by, and which published tier is next.
func (f *limitForecast) note() string {
	var text string
	switch {
	case !f.forecast.Shift.IsZero():
		text = fmt.Sprintf("the level changed by %+.0f %% on %s; ", 100*(f.forecast.Step-1), f.forecast.Shift.Format("2 Jan"))
	case f.forecast.Wide:
		text = fmt.Sprintf("%d days of history: the interval is wide; ", f.forecast.Days)
	}
	if tier, next := claude.PublishedTiers(f.bucket.Pool, f.bucket.Limiter).Above(f.limit); tier != "" && !f.ask.Low.IsZero() {
		text += fmt.Sprintf("the next published tier is %s with %s (as of %s)", tier, human(float64(next)), claude.TiersRead)
	}
	if text == "" {
		return ""
	}
	return wrap(f.name()+": "+text, "  ")
}

// forecastObject is one forecast as JSON.
type forecastObject struct {
	claude.Bucket
	Limit   int64    `json:"limit"`
	Days    int      `json:"days"`
	Load    *float64 `json:"busy_load,omitempty"`
	Weekly  *float64 `json:"weekly_growth,omitempty"`
	Ask     dates    `json:"reaches_50_percent"`
	Have    dates    `json:"reaches_80_percent"`
	Shift   string   `json:"level_changed_on,omitempty"`
	Unknown string   `json:"unknown,omitempty"`
}

// dates are days, left out where they are beyond the horizon.
type dates struct {
	Low  string `json:"low,omitempty"`
	Mid  string `json:"mid,omitempty"`
	High string `json:"high,omitempty"`
}

func isoDates(d forecast.Dates) dates { return dates{isoDay(d.Low), isoDay(d.Mid), isoDay(d.High)} }

func isoDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func forecastJSON(w io.Writer, all []limitForecast) error {
	out := []forecastObject{}
	for i := range all {
		f := &all[i]
		o := forecastObject{
			Bucket: f.bucket, Limit: f.limit, Days: f.forecast.Days, Ask: isoDates(f.ask), Have: isoDates(f.have),
			Shift: isoDay(f.forecast.Shift), Unknown: f.forecast.Unknown,
		}
		if f.forecast.Days >= forecast.MinDays {
			o.Load, o.Weekly = &f.forecast.Load, &f.forecast.Weekly
		}
		out = append(out, o)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

// backtestTable shows how forecasts from 28 and 56 days did, one and two weeks ahead.
func backtestTable(w io.Writer, all []limitForecast) error {
	t := &table{right: map[int]bool{2: true, 3: true, 4: true, 5: true}}
	t.add("POOL", "LIMITER", "HISTORY", "FORECASTS", "HELD", "BETTER")
	for i := range all {
		f := &all[i]
		for _, window := range []int{28, 56} {
			s := forecast.Backtest(f.days, window, 7, 14)
			held, better := unknown, unknown
			if s.Forecasts > 0 {
				held, better = percent(claude.Some(s.Coverage())), percent(claude.Some(s.Skill()))
			}
			t.add(clip(printable(string(f.bucket.Pool)), 12), string(f.bucket.Limiter), plural(int64(window), "day"), fmt.Sprint(s.Forecasts), held, better)
		}
	}
	_, err := io.WriteString(w, t.String()+"\nHELD: days within the interval, which is made for 80 %. BETTER: how much less it missed by\nthan the same weekday of the week before.\n")
	return err
}
