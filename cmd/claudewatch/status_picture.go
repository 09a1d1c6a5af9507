package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/store"
)

// picture is everything that status shows, at one instant.
type picture struct {
	Now   time.Time `json:"now"`
	Agent string    `json:"agent,omitempty"` // where the running agent that told it listens
	Calls int64     `json:"calls"`
	// PerSecond is the rate of calls in the minutes that were whole of late.
	PerSecond claude.Opt[float64] `json:"calls_per_second,omitzero"`
	Buckets   []claude.Level      `json:"buckets"`
	Alerts    []alerts.Alert      `json:"alerts"`
	Sources   []sourcePicture     `json:"sources"`
}

type sourcePicture struct {
	Source     string    `json:"source"`
	Calls      int64     `json:"calls"`
	Duplicates int64     `json:"duplicates"`
	Historical int64     `json:"historical"`
	Lines      int64     `json:"lines"`
	Last       time.Time `json:"last_call,omitzero"`
	// LagBytes are in the files and not read yet, and Fault is why; only a running agent knows.
	LagBytes claude.Opt[int64] `json:"lag_bytes,omitzero"`
	Fault    string            `json:"fault,omitempty"`
	Rejected []rejection       `json:"rejected,omitempty"`
}

type rejection struct {
	Reason string `json:"reason"`
	Lines  int64  `json:"lines"`
	Sample string `json:"sample,omitempty"`
}

// readPicture asks the running agent, which knows more, and else builds the picture from the database alone.
func readPicture(ctx context.Context, flags *serveFlags) (picture, error) {
	cfg, err := flags.config()
	if err != nil {
		return picture{}, err
	}
	path, err := cfg.DatabasePath(os.Getenv)
	if err != nil {
		return picture{}, err
	}
	if p, ok := askPicture(ctx, path); ok {
		return p, nil
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
	if err := sketchTracker(ctx, db, tracker, now); err != nil {
		return picture{}, err
	}
	return assemble(ctx, db, tracker.Levels(now), now)
}

// askPatience is how long an agent may take to answer: then the database is asked.
const askPatience = 2 * time.Second

// askPicture asks the agent that has the database open. One that was killed has left its door behind.
func askPicture(ctx context.Context, database string) (picture, bool) {
	door, err := findDoor(database)
	if err != nil {
		return picture{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	var p picture
	if err := door.ask(ctx, "GET", statusPath, nil, &p); err != nil || p.Now.IsZero() {
		return picture{}, false
	}
	return p, true
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
	if p.Sources, err = sourcePictures(ctx, db); err != nil {
		return p, err
	}
	p.PerSecond, err = callsPerSecond(ctx, db, now)
	return p, err
}

// rateMinutes is how many whole minutes the rate of calls is of.
const rateMinutes = 5

// callsPerSecond returns the rate of the last whole minutes.
func callsPerSecond(ctx context.Context, db *store.DB, now time.Time) (claude.Opt[float64], error) {
	to := now.Truncate(time.Minute)
	r, err := db.Report(ctx, store.ReportQuery{From: to.Add(-rateMinutes * time.Minute), To: to})
	if err != nil {
		return claude.Opt[float64]{}, err
	}
	return claude.Some(float64(r.Total.Calls) / (rateMinutes * 60)), nil
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
