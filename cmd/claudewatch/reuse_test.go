package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// The changes of an answered batch may refer to those of an unanswered one of the same transaction, whose memory is not used again then.
func TestChangesStayWhereSomebodyReadsThem(t *testing.T) {
	w := quietAgent(t).watch
	go w.applier.Run()
	defer w.applier.close()
	const calls = 400 // a backlog's batch, whose memory goes round
	batch := func(name string, unanswered bool) collector.Batch {
		b := collector.Batch{Source: name, Calls: make([]claude.Call, calls), Unanswered: unanswered}
		for i := range b.Calls {
			b.Calls[i] = claude.Call{
				Time: time.Now(), RequestID: fmt.Sprintf("req_%s_%d", strings.TrimSuffix(name, "!"), i), Status: 200, Model: "claude-opus-5",
				Usage: claude.Usage{InputTokens: claude.Some[int64](10), OutputTokens: claude.Some(int64(len(name)))},
			}
		}
		return b
	}
	commit := func(batches ...collector.Batch) [][]claude.Change {
		t.Helper()
		changes, err := w.CommitAll(t.Context(), batches)
		if err == nil {
			err = w.applier.settled(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	answered := commit(batch("seen", true), batch("seen!", false))[1]
	var first *claude.Change
	for i := range 4 {
		got := commit(batch(fmt.Sprint("later", i), true))[0]
		if i > 0 && &got[0] != first {
			t.Errorf("transaction %d has new memory for its changes; want that of the one before, which nobody reads", i)
		}
		first = &got[0]
	}
	for i := range answered {
		ch, want := &answered[i], fmt.Sprintf("req_seen_%d", i)
		if ch.New || ch.After.RequestID != want || ch.Before == nil || ch.Before.RequestID != want || ch.Before.Usage.OutputTokens.Or(0) != 4 {
			t.Fatalf("answered change %d is of %q before and %q after; want %q and what was first known of it", i, ch.Before.RequestID, ch.After.RequestID, want)
		}
	}
}
