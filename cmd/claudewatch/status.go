package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/claude"
)

// statusGarbage is how much garbage may gather, in per cent of the little that is in use: the command is over before it is much.
const statusGarbage = 800

func newStatus() *cobra.Command {
	var flags serveFlags
	var output string
	var watch bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show each bucket, the firing alerts and the sources now",
		Long: `Shows each bucket's limit, fill and load, its time to exhaustion and reset, the firing alerts, and the sources with what they
delivered. It asks the running agent and reads the database where there is none.`,
		Example: "  claudewatch status --watch --interval 5s",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			show, ok := map[string]func(io.Writer, picture) error{"table": showTable, "json": showJSON, "csv": showCSV}[output]
			switch {
			case !ok:
				return &usageError{err: fmt.Errorf("--output %q: want table, json or csv", output)}
			case every < minWatch:
				return &usageError{err: fmt.Errorf("--interval %s: shorter than %s", every, minWatch)}
			case watch && output != "table":
				return &usageError{err: fmt.Errorf("--watch shows a table, not %s", output)}
			case watch:
				w := newStatusWatch(cmd.OutOrStdout(), every)
				return w.run(cmd.Context(), func(ctx context.Context) (picture, error) { return readPicture(ctx, &flags) })
			}
			defer debug.SetGCPercent(debug.SetGCPercent(statusGarbage))
			p, err := readPicture(cmd.Context(), &flags)
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), p)
		},
	}
	flags.addDatabase(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "output format: table, json or csv")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "draw it anew until Ctrl-C")
	cmd.Flags().DurationVar(&every, "interval", 2*time.Second, "how often --watch draws")
	return cmd
}

func showJSON(w io.Writer, p picture) error {
	p.Buckets, p.Alerts, p.Sources = list(p.Buckets), list(p.Alerts), list(p.Sources)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(p)
}

// list makes JSON say [] of nothing: null would be one thing more for a script to think of.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func showCSV(w io.Writer, p picture) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"provider", "organization", "workspace", "pool", "limiter", "limit", "used", "fill", "load_2m", "load_10m", "exhaustion", "reset", "limit_from", "observed", "unattributed"}}
	for i := range p.Buckets {
		l := &p.Buckets[i]
		b := l.Bucket
		rows = append(rows, []string{
			harmless(b.Provider), harmless(b.Organization), harmless(b.Workspace), harmless(string(b.Pool)), string(b.Limiter), csvInt(l.Limit),
			csvFloat(l.Used()), csvFloat(l.Fill), csvFloat(l.Load2m), csvFloat(l.Load10m), csvTime(l.Exhausted), csvTime(l.Reset),
			string(l.From), csvTime(l.Observed), csvFloat(l.Unattributed),
		})
	}
	return out.WriteAll(rows)
}

func csvInt(o claude.Opt[int64]) string {
	if n, ok := o.Get(); ok {
		return strconv.FormatInt(n, 10)
	}
	return ""
}

func csvFloat(o claude.Opt[float64]) string {
	if f, ok := o.Get(); ok {
		return strconv.FormatFloat(f, 'g', 6, 64)
	}
	return ""
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
