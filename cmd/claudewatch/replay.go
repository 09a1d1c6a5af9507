package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/internal/config"
)

// replayGarbage is how much garbage may gather, in per cent of what is in use, which is little: collecting it more often costs a third
// of the time.
const replayGarbage = 800

func newReplay() *cobra.Command {
	var flags finishedFlags
	var trial replayFlags
	var output string
	cmd := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Run finished logs through the rules: what would have fired?",
		Long: `Runs finished logs (plain, .gz, .zst, or - for standard input) through today's rules on the logs' own clock, at full speed, and prints which
alerts would have fired, when and for how long. Several logs are taken together in the order of their calls. Thresholds and limits come
from the configuration, and --set tries others. Nothing is stored or sent.`,
		Example: `  claudewatch replay /var/log/shop/*.log.gz
  claudewatch replay --since 2026-11-20 --set limit_usage_high.fire=0.7 --set limit_usage_high.resolve=0.6 app.log
  claudewatch replay --config other-thresholds.yaml --output json app.log`,
		Args: someFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			show, ok := map[string]func(io.Writer, replayed) error{"table": episodesTable, "json": episodesJSON, "csv": episodesCSV}[output]
			if !ok {
				return &usageError{err: fmt.Errorf("--output %q: want table, json or csv", output)}
			}
			cfg, err := flags.config()
			if err == nil {
				err = trial.set(cfg)
			}
			if err != nil {
				return err
			}
			since, until, err := trial.span(time.Now())
			if err != nil {
				return err
			}
			defer debug.SetGCPercent(debug.SetGCPercent(replayGarbage))
			s := streams{cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()}
			result, failed := replay(cmd.Context(), cfg, s, replayOptions{names: args, source: flags.source, since: since, until: until})
			if cmd.Context().Err() != nil {
				return fmt.Errorf("replay: %w", errInterrupted)
			}
			return errors.Join(show(s.out, result), failed)
		},
	}
	flags.addFile(cmd)
	trial.add(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "output format: table, json or csv")
	return cmd
}

// replayOptions say what to replay.
type replayOptions struct {
	names  []string
	source func(*config.Config, string) config.Source
	since  time.Time // calls before are left out; zero for the beginning
	until  time.Time // calls from then on are left out; zero for the end
}

// replayed is what came of a replay.
type replayed struct {
	episodes    []episode
	calls       int64
	first, last time.Time // of the log's clock
}

// replay runs the logs through the rules. A log that can't be read to its end counts as far as it could be.
func replay(ctx context.Context, cfg *config.Config, s streams, o replayOptions) (replayed, error) {
	logs, failed := openLogs(ctx, cfg, s.in, o)
	defer closeLogs(logs)
	judge, err := newJudge(cfg)
	if err != nil {
		return replayed{}, err
	}
	p := newProgress(s.err, totalSize(o.names))
	line := timeline{logs: logs, window: replayWindow, known: newSightings()}
	err = readAhead(ctx, &line, judge.take, func(l *replayLog) { p.at(l.name, l.log.Consumed()) })
	p.clear()
	if err == nil {
		err = judge.end(ctx)
	}
	if err != nil {
		return replayed{}, err
	}
	for _, l := range logs {
		printSummary(s.err, l.name, int(l.sum.Calls), l.sum)
		if l.undated > 0 {
			fmt.Fprintf(s.err, "  left out %s: no time of their own, so they have no place on the log's clock\n", plural(l.undated, "call"))
		}
		if l.outside > 0 {
			fmt.Fprintf(s.err, "  left out %s: outside of --since and --until\n", plural(l.outside, "call"))
		}
		failed = append(failed, l.failed)
	}
	return judge.result(), errors.Join(failed...)
}
