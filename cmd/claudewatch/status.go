package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/store"
)

// picture is everything that status shows, at one instant.
type picture struct {
	Now     time.Time       `json:"now"`
	Calls   int64           `json:"calls"`
	Buckets []claude.Level  `json:"buckets"`
	Alerts  []alerts.Alert  `json:"alerts"`
	Sources []sourcePicture `json:"sources"`
}

type sourcePicture struct {
	Source     string      `json:"source"`
	Calls      int64       `json:"calls"`
	Duplicates int64       `json:"duplicates"`
	Historical int64       `json:"historical"`
	Lines      int64       `json:"lines"`
	Last       time.Time   `json:"last_call,omitzero"`
	Rejected   []rejection `json:"rejected,omitempty"`
}

type rejection struct {
	Reason string `json:"reason"`
	Lines  int64  `json:"lines"`
	Sample string `json:"sample,omitempty"`
}

func newStatus() *cobra.Command {
	var flags serveFlags
	var output string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show each bucket, the firing alerts and the sources now",
		Long: `Shows each bucket's limit, fill and load, its time to exhaustion and reset, the firing alerts, and the sources with what they
delivered. It reads the database, so it works beside a running agent and without one.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			show, ok := map[string]func(io.Writer, picture) error{"table": showTable, "json": showJSON, "csv": showCSV}[output]
			if !ok {
				return &usageError{err: fmt.Errorf("--output %q: want table, json or csv", output)}
			}
			p, err := readPicture(cmd.Context(), &flags)
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), p)
		},
	}
	flags.addDatabase(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "output format: table, json or csv")
	return cmd
}

// readPicture builds the live picture from the database alone.
func readPicture(ctx context.Context, flags *serveFlags) (picture, error) {
	cfg, err := flags.config()
	if err != nil {
		return picture{}, err
	}
	path, err := cfg.DatabasePath(os.Getenv)
	if err != nil {
		return picture{}, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return picture{}, hinted{fmt.Errorf("status: %w", err), "no agent has run on this database yet; start one with claudewatch serve, or name the database with --db FILE"}
	}
	db, err := store.Open(ctx, store.Options{Path: path, ReadOnly: true})
	if err != nil {
		return picture{}, explainStore(err)
	}
	defer db.Close() //nolint:errcheck // only read
	now := time.Now()
	tracker, err := limits.New(limits.Options{Limits: configuredLimits(cfg)})
	if err != nil {
		return picture{}, err
	}
	if err := restoreTracker(ctx, db, tracker, now, func(ch claude.Change) { tracker.Apply(ch, now) }); err != nil {
		return picture{}, err
	}
	return assemble(ctx, db, tracker.Levels(now), now)
}

func assemble(ctx context.Context, db *store.DB, levels []claude.Level, now time.Time) (picture, error) {
	p := picture{Now: now, Buckets: levels}
	var err error
	if p.Calls, err = db.Calls(ctx); err != nil {
		return p, err
	}
	all, err := db.Alerts(ctx)
	if err != nil {
		return p, err
	}
	for _, a := range all {
		if a.State == alerts.Firing || a.State == alerts.Recovering {
			p.Alerts = append(p.Alerts, a)
		}
	}
	p.Sources, err = sourcePictures(ctx, db)
	return p, err
}

func sourcePictures(ctx context.Context, db *store.DB) ([]sourcePicture, error) {
	activity, err := db.Sources(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := db.Counts(ctx)
	if err != nil {
		return nil, err
	}
	var out []sourcePicture
	at := map[string]int{}
	find := func(name string) *sourcePicture {
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name], out = i, append(out, sourcePicture{Source: name})
		}
		return &out[i]
	}
	for _, a := range activity {
		s := find(a.Source)
		s.Calls, s.Duplicates, s.Historical, s.Last = a.Calls, a.Duplicates, a.Historical, a.Last
	}
	for _, c := range counts {
		switch s := find(c.Source); c.Kind {
		case collector.CountLines:
			s.Lines += c.N
		case collector.CountRejected:
			s.Rejected = append(s.Rejected, rejection{c.Reason, c.N, c.Sample})
		case collector.CountSkipped: // most lines of a log are no calls: not worth a row
		}
	}
	return out, nil
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
	rows := [][]string{{"provider", "organization", "workspace", "pool", "limiter", "limit", "used", "fill", "load_2m", "load_10m", "exhaustion", "reset"}}
	for i := range p.Buckets {
		l := &p.Buckets[i]
		b := l.Bucket
		rows = append(rows, []string{
			b.Provider, b.Organization, b.Workspace, string(b.Pool), string(b.Limiter), csvInt(l.Limit),
			csvFloat(l.Used()), csvFloat(l.Fill), csvFloat(l.Load2m), csvFloat(l.Load10m), csvTime(l.Exhausted), csvTime(l.Reset),
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

// pageHandler shows the running agent's picture as text.
func pageHandler(read func(context.Context) (picture, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := read(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		var b strings.Builder
		_ = showTable(&b, p) // a strings.Builder takes everything
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, b.String()) // the client may have gone
	})
}
