package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
)

// replayLedger adds up what the calls of a log used, by the hour, as the store does for an agent. It implements alerts.Ledger.
type replayLedger struct {
	sums map[ledgerKey]alerts.Spent
	kept time.Time // hours before this one are forgotten
}

type ledgerKey struct {
	by, subject string
	hour        int64
}

// ledgerKeeps is longer than any period of a budget.
const ledgerKeeps = 32 * 24 * time.Hour

func newReplayLedger() *replayLedger { return &replayLedger{sums: map[ledgerKey]alerts.Spent{}} }

func (l *replayLedger) add(ch *claude.Change) {
	call, t := &ch.After, ch.Tally()
	s := alerts.Spent{Tokens: t.Tokens.Input + t.Tokens.Output + t.Tokens.CacheWrite(), USD: t.CostUSD}
	if ch.New && call.CostUSD.Known() {
		s.Priced = 1
	} else if ch.New {
		s.Unpriced = s.Tokens + t.Tokens.CacheRead
	}
	for by, subject := range map[string]string{alerts.ByUser: call.User, alerts.ByApp: call.App, alerts.ByWorkspace: call.Workspace} {
		if subject == "" {
			continue
		}
		k := ledgerKey{by, subject, call.Time.Unix() / 3600}
		l.sums[k] = plus(l.sums[k], s)
	}
	if call.Time.Sub(l.kept) > 2*ledgerKeeps {
		l.forget(call.Time.Add(-ledgerKeeps))
	}
}

func (l *replayLedger) forget(before time.Time) {
	l.kept = before
	for k := range l.sums {
		if k.hour < before.Unix()/3600 {
			delete(l.sums, k)
		}
	}
}

// Spent returns what each subject of a kind used since a full hour, the largest first.
func (l *replayLedger) Spent(_ context.Context, by string, since time.Time, limit int) ([]alerts.Spent, error) {
	of := map[string]alerts.Spent{}
	for k, s := range l.sums {
		if k.by == by && k.hour >= since.Unix()/3600 {
			of[k.subject] = plus(of[k.subject], s)
		}
	}
	out := make([]alerts.Spent, 0, len(of))
	for subject, s := range of {
		s.Subject = subject
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b alerts.Spent) int {
		return cmp.Or(cmp.Compare(b.Tokens, a.Tokens), cmp.Compare(a.Subject, b.Subject))
	})
	return out[:min(len(out), limit)], nil
}

func plus(a, b alerts.Spent) alerts.Spent {
	return alerts.Spent{Tokens: a.Tokens + b.Tokens, USD: a.USD + b.USD, Priced: a.Priced + b.Priced, Unpriced: a.Unpriced + b.Unpriced}
}
