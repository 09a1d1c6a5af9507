package main

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/claudewatch/claudewatch/claude"
)

// How far reading may be ahead of judging: batches so large that handing them over costs nothing beside judging them, and few.
const (
	aheadCalls   = 256
	aheadBatches = 4
)

// readAhead reads the logs of a timeline while what it has let go is judged: reading and judging cost about the same, and only the order
// of the calls matters to either. look is called by who reads.
func readAhead(ctx context.Context, line *timeline, take func(context.Context, claude.Change) error, look func(*replayLog)) error {
	g, going := errgroup.WithContext(ctx)             // ends with an error of either
	queue := make(chan []claude.Change, aheadBatches) // who reads owns it
	g.Go(func() error {
		defer close(queue)
		return sendAll(ctx, going.Done(), line, queue, look)
	})
	g.Go(func() error {
		for batch := range queue {
			for i := range batch {
				if err := take(ctx, batch[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return g.Wait()
}

// sendAll sends every change of a timeline, batch by batch, until the context ends or nobody takes them any more.
func sendAll(ctx context.Context, over <-chan struct{}, line *timeline, queue chan<- []claude.Change, look func(*replayLog)) error {
	var batch []claude.Change
	send := func() error {
		select {
		case queue <- batch:
			batch = make([]claude.Change, 0, aheadCalls)
			return nil
		case <-over:
			return context.Canceled
		}
	}
	err := line.run(ctx, func(_ context.Context, ch claude.Change) error {
		if batch = append(batch, ch); len(batch) < aheadCalls {
			return nil
		}
		return send()
	}, look)
	if err != nil {
		return err
	}
	return send()
}
