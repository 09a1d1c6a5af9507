package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/finished"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/store"
)

// ingestSource is the source under which finished logs are counted and their positions kept.
const ingestSource = "ingest"

func newIngest() *cobra.Command {
	var flags finishedFlags
	cmd := &cobra.Command{
		Use:   "ingest FILE...",
		Short: "Read finished logs into the store (- for standard input)",
		Long: `Reads finished logs into the store: plain, .gz and .zst files, or - for standard input. A log that was read before adds nothing, and one
that was broken off goes on where it was, also when it was renamed or compressed meanwhile. What is ingested is history: it is in
the reports, not in the live metrics and alerts.`,
		Example: `  claudewatch ingest /var/log/shop/app.log.*.gz
  zcat old.log.gz | claudewatch ingest -`,
		Args: someFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := flags.config()
			if err != nil {
				return err
			}
			s := streams{cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()}
			return ingest(cmd.Context(), cfg, s, ingestion{names: args, source: flags.source})
		},
	}
	flags.add(cmd)
	return cmd
}

// ingestion is one run of ingest.
type ingestion struct {
	names  []string
	source func(*config.Config, string) config.Source

	cfg       *config.Config
	db        *store.DB
	stdin     io.Reader
	positions map[string]collector.Position // of earlier runs and of this one, by their ids
	progress  *progress
	sum       ingested
}

// ingest reads the logs one after the other. One that fails does not keep the others from being read.
func ingest(ctx context.Context, cfg *config.Config, s streams, in ingestion) (err error) {
	path, err := cfg.DatabasePath(os.Getenv)
	if err != nil {
		return err
	}
	in.db, err = store.Open(ctx, store.Options{Path: path, LiveWindow: 1, Now: historian})
	if errors.Is(err, store.ErrLocked) {
		return hinted{err, "an agent is running on it: have that one read the file with --tail FILE, stop it meanwhile, or name another database with --db FILE"}
	}
	if err != nil {
		return explainStore(err)
	}
	defer func() { err = errors.Join(err, in.db.Close()) }()
	if err := in.recall(ctx); err != nil {
		return err
	}
	in.cfg, in.stdin, in.sum = cfg, s.in, newIngested()
	in.progress = newProgress(s.err, totalSize(in.names))
	var failed []error
	for _, name := range in.names {
		sum, err := in.file(ctx, name)
		in.progress.clear()
		if sum.opened {
			sum.print(s.out, name)
		}
		in.sum.gather(sum)
		if err != nil {
			failed = append(failed, err)
		}
		if ctx.Err() != nil || isStoreError(err) { // the next one would fare no better
			break
		}
	}
	if len(in.names) > 1 {
		in.sum.print(s.out, "total")
	}
	return errors.Join(failed...)
}

// historian is a clock on which no call is ever live: counters and alerts must not take the past for the present, and undated calls
// get a time in whole milliseconds, which this clock never shows.
func historian() time.Time { return time.Now().Truncate(time.Millisecond).Add(time.Millisecond / 2) }

// recall reads where earlier runs got to.
func (in *ingestion) recall(ctx context.Context) error {
	in.positions = map[string]collector.Position{}
	all, err := in.db.Positions(ctx)
	for _, p := range all {
		if p.Source == ingestSource {
			in.positions[p.ID] = p
		}
	}
	return err
}

// file reads one log.
func (in *ingestion) file(ctx context.Context, name string) (ingested, error) {
	r := &reading{ingestion: in, name: name, sum: newIngested()}
	log, err := finished.Open(ctx, finished.Options{Name: name, Stdin: in.stdin})
	if err != nil {
		return r.sum, err
	}
	defer log.Close() //nolint:errcheck // only read
	r.log, r.sum.opened = log, true
	err = r.run(ctx)
	in.progress.file(log.Size())
	if ctx.Err() != nil && err != nil {
		err = hinted{fmt.Errorf("ingest %s: %w after %s", name, errInterrupted, plural(r.sum.Lines, "line")), "run the same command again: it goes on from there"}
	}
	return r.sum, err
}

// totalSize is what all files together take on the disk, -1 if one of them can't tell.
func totalSize(names []string) int64 {
	var n int64
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case name == "-" || err == nil && !info.Mode().IsRegular() && !info.IsDir():
			return -1
		case err == nil && info.Mode().IsRegular():
			n += info.Size()
		}
	}
	return n
}

// storeError is a failure of the database, not of a log.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }
func (e *storeError) Hint() string {
	return "what was read before is stored; run the same command again: it goes on from there"
}

func isStoreError(err error) bool {
	_, ok := errors.AsType[*storeError](err)
	return ok
}
