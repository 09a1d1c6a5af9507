package slack

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// SendDigest posts what happened in a day.
func (r *Receiver) SendDigest(ctx context.Context, d alerts.Digest) error {
	title := clip(d.Headline(), maxHeadline)
	a := digested(&d, title)
	if w, ok := r.transport.(*webhook); ok {
		return w.say(ctx, title, a)
	}
	b, _ := r.transport.(*bot)
	_, err := b.put(ctx, nil, alerts.Ref{}, append(line(title), slack.MsgOptionAttachments(a)))
	if unfit(err) {
		_, err = b.put(ctx, nil, alerts.Ref{}, line(title))
	}
	if err != nil {
		return b.explain(err)
	}
	return nil
}

// digested is the digest below its headline. Whatever a log could have put in is plain text.
func digested(d *alerts.Digest, title string) slack.Attachment {
	blocks := []slack.Block{slack.NewSectionBlock(nil, fields(d.Totals()), nil)}
	for _, part := range []struct {
		title string
		lines []string
	}{
		{"Limits", d.LimitLines()}, {"Top apps", d.AppLines()}, {"Alerts", d.AlertLines()}, {"Forecast", d.ForecastLines()},
	} {
		if len(part.lines) > 0 {
			blocks = append(blocks, slack.NewSectionBlock(text(part.title+"\n"+strings.Join(part.lines, "\n"), maxSection), nil, nil))
		}
	}
	return slack.Attachment{Color: blue, Fallback: escape(title), Blocks: slack.Blocks{BlockSet: blocks}}
}

var _ alerts.Digested = (*Receiver)(nil)
