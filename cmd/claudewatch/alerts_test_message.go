package main

import (
	"context"
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

// testResult is what became of a test message.
type testResult struct {
	Receiver string `json:"receiver"`
	OK       bool   `json:"ok"`
	Error    string `json:"error,omitempty"`
}

// testTimeout bounds the test of one receiver.
const testTimeout = 30 * time.Second

// testReceivers sends a test message through each receiver, one after the other: it fires and is resolved at once, so that nothing is
// left open anywhere.
func testReceivers(ctx context.Context, receivers []alerts.Receiver, links []alerts.Link, now time.Time) []testResult {
	results := []testResult{}
	for _, r := range receivers {
		result := testResult{Receiver: r.Name(), OK: true}
		if err := testReceiver(ctx, r, links, now); err != nil {
			result.OK, result.Error = false, err.Error()
		}
		results = append(results, result)
	}
	return results
}

func testReceiver(ctx context.Context, r alerts.Receiver, links []alerts.Link, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	m := alerts.Message{Now: now, Links: links, Told: alerts.StageResolved, Alert: alerts.Alert{
		Rule: "test", Severity: alerts.Info, State: alerts.Firing, Revision: 1, FiredAt: now, ActiveAt: now,
		Labels: map[string]string{"test": "true"}, Episode: fmt.Sprintf("test-%d", now.UnixNano()),
		Facts: alerts.Facts{Title: "test message of claudewatch: alerts reach this place", Do: []string{"Nothing: this is a test."}},
	}}
	m.Alert.Fingerprint = alerts.Fingerprint(m.Alert.Rule, m.Alert.Labels)
	ref, err := r.Send(ctx, m, alerts.Ref{})
	if err != nil {
		return err
	}
	m.Alert.State, m.Alert.Revision, m.Alert.ResolvedAt, m.Alert.Facts.Do = alerts.Resolved, 2, now.Add(time.Second), nil
	_, err = r.Send(ctx, m, ref)
	return err
}
