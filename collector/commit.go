package collector

import (
	"context"
	"log/slog"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// The waits between two tries of a commit: doubled from the first to the longest.
const (
	firstRetry   = 50 * time.Millisecond
	longestRetry = 5 * time.Second
)

// Committer commits batches in order and tries each one until the sink takes it: what can't be stored waits, and nothing is
// passed over. It is not safe for concurrent use.
type Committer struct {
	Sink   Sink
	Logger *slog.Logger

	problem string // the error that was logged last, "" while all is well
}

// Commit returns once the batch is on disk. The only error is the context's.
func (c *Committer) Commit(ctx context.Context, b Batch) ([]claude.Change, error) {
	for wait := firstRetry; ; wait = min(2*wait, longestRetry) {
		changes, err := c.Sink.Commit(ctx, b)
		if ctx.Err() != nil && err != nil {
			return nil, ctx.Err()
		}
		c.note(b.Source, err)
		if err == nil {
			return changes, nil
		}
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// note logs a change of what is wrong, not each try.
func (c *Committer) note(source string, err error) {
	switch {
	case err == nil && c.problem != "":
		c.Logger.Info("storing again", "source", source)
		c.problem = ""
	case err != nil && err.Error() != c.problem:
		c.Logger.Error("can't store, intake waits", "source", source, "error", err)
		c.problem = err.Error()
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
