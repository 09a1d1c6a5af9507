package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
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
	var output string
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
			show, ok := map[string]func(io.Writer, *ingested) error{"table": ingestedText, "json": ingestedJSON}[output]
			if !ok {
				return &usageError{err: fmt.Errorf("--output %q: want table or json", output)}
			}
			cfg, err := flags.config()
			if err != nil {
				return err
			}
			s := streams{cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()}
			return ingest(cmd.Context(), cfg, s, &ingestion{names: args, source: flags.source, print: show})
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "output format of the summary: table or json")
	return cmd
}

// ingestion is one run of ingest.
type ingestion struct {
	names  []string
	source func(*config.Config, string) config.Source
	print  func(io.Writer, *ingested) error // what became of one log, or of all

	cfg      *config.Config
	db       *store.DB
	writer   *collector.Group
	stdin    io.Reader
	stdout   io.Writer
	progress *progress

	mu        sync.Mutex                    // guards all below
	positions map[string]collector.Position // of earlier runs and of this one, by their ids
	reading   map[string]chan struct{}      // logs that are being read, by their fingerprints; closed when they are done
	done      []*ingested                   // by the number of the log; nil for one that is not done
	printed   int                           // logs whose summary was printed
}

// ingest reads the logs, some at a time. One that fails does not keep the others from being read.
func ingest(ctx context.Context, cfg *config.Config, s streams, in *ingestion) (err error) {
	path, err := cfg.DatabasePath(os.Getenv)
	if err != nil {
		return err
	}
	prices, err := newPriceList(cfg)
	if err != nil {
		return err
	}
	in.db, err = store.Open(ctx, store.Options{Path: path, LiveWindow: 1, Now: historian, Price: prices.cost})
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
	if in.writer, err = collector.NewGroup(collector.GroupOptions{Sink: in.db, Broken: storeBroken}); err != nil {
		return err
	}
	in.cfg, in.stdin, in.stdout = cfg, s.in, s.out
	in.reading, in.done = map[string]chan struct{}{}, make([]*ingested, len(in.names))
	in.progress = newProgress(s.err, totalSize(in.names))
	return in.run(ctx)
}

// run reads all logs while one goroutine stores what they hold. That one goes on until the last log is done, also after an interrupt:
// what was decoded is stored.
func (in *ingestion) run(ctx context.Context) error {
	storing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var writer sync.WaitGroup
	writer.Go(func() { _ = in.writer.Run(storing) }) // it has no error
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(in.names)) {
		readers.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(in.names) && !in.hopeless(ctx); k = int(next.Add(1)) - 1 {
				in.finish(k, in.file(ctx, in.names[k]))
			}
		})
	}
	readers.Wait()
	stop()
	writer.Wait()
	return in.total()
}

// hopeless reports that the next log would fare no better: there was an interrupt, or the database has failed.
func (in *ingestion) hopeless(ctx context.Context) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return ctx.Err() != nil || slices.ContainsFunc(in.done, func(s *ingested) bool { return s != nil && isStoreError(s.err) })
}

// finish prints the summaries of all logs that are done, in the order in which they were named.
func (in *ingestion) finish(k int, sum *ingested) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.done[k] = sum
	in.progress.pause(func() {
		for ; in.printed < len(in.done) && in.done[in.printed] != nil; in.printed++ {
			s := in.done[in.printed]
			s.err = cmp.Or(s.err, in.print(in.stdout, s))
		}
	})
}

// total prints what became of all logs, and returns what went wrong.
func (in *ingestion) total() error {
	all := newIngested("total")
	all.total = true
	var failed []error
	for _, s := range in.done {
		if s != nil {
			all.gather(s)
			failed = append(failed, s.err)
		}
	}
	if len(in.names) > 1 {
		failed = append(failed, in.print(in.stdout, all))
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
func (in *ingestion) file(ctx context.Context, name string) *ingested {
	r := &reading{ingestion: in, name: name, sum: newIngested(name)}
	log, err := finished.Open(ctx, finished.Options{Name: name, Stdin: in.stdin})
	if err != nil {
		r.sum.err = err
		return r.sum
	}
	defer log.Close() //nolint:errcheck // only read
	r.log, r.sum.opened = log, true
	defer in.turn(log)()
	err = r.run(ctx)
	in.progress.file(name, log.Size())
	if ctx.Err() != nil && err != nil {
		err = hinted{fmt.Errorf("ingest %s: %w after %s", name, errInterrupted, plural(r.sum.Lines, "line")), "run the same command again: it goes on from there"}
	}
	r.sum.err = err
	return r.sum
}

// turn waits while a log that begins alike is read: it may be the same, and then nothing of it is to be read again.
func (in *ingestion) turn(log *finished.Log) (done func()) {
	if !log.Resumable() {
		return func() {}
	}
	key, mine := string(log.Fingerprint()), make(chan struct{})
	for {
		in.mu.Lock()
		other, busy := in.reading[key]
		if !busy {
			in.reading[key] = mine
		}
		in.mu.Unlock()
		if !busy {
			break
		}
		<-other
	}
	return func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		delete(in.reading, key)
		close(mine)
	}
}

// known returns where logs were read to.
func (in *ingestion) known() []collector.Position {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Collect(maps.Values(in.positions))
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
