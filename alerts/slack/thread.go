package slack

import (
	"context"
	"fmt"

	"github.com/claudewatch/claudewatch/alerts"
)

// threadLine is what the thread of an edited message should say: that an alert is over, back, or graver. An edit alone is seen by
// nobody who isn't looking.
func threadLine(m alerts.Message, prev alerts.Ref) (line string, broadcast bool) {
	a := &m.Alert
	critical := a.Severity == alerts.Critical
	switch {
	case prev == alerts.Ref{} || m.Told == a.Stage() && a.State == alerts.Resolved: // a new message is seen by itself
		return "", false
	case a.State == alerts.Resolved:
		return over(a) + ": " + a.Facts.Title, false
	case m.Told == alerts.StageResolved || m.Told == "" && a.Reason == string(alerts.ReasonReopened):
		return "Firing again: " + a.Facts.Title, critical
	case critical && m.Told != "" && m.Told != a.Stage():
		return "Now critical: " + a.Facts.Title, true
	default:
		return "", false
	}
}

// remind replies in the thread that an alert still fires; for a critical one the channel sees the reply too.
func (b *bot) remind(ctx context.Context, m alerts.Message, ref alerts.Ref) error {
	a := &m.Alert
	line := fmt.Sprintf("Still firing after %s: %s", alerts.Span(m.Now.Sub(a.FiredAt)), a.Facts.Title)
	if err := b.reply(ctx, ref, clip(line, maxHeadline), a.Severity == alerts.Critical); err != nil {
		return b.explain(err)
	}
	return nil
}
