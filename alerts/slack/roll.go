package slack

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// maxRolled is how many alerts one shared message lists.
const maxRolled = 30

// SendRoll brings a message that many alerts share up to date. A webhook, which can't edit, posts what changed.
func (r *Receiver) SendRoll(ctx context.Context, messages []alerts.Message, prev alerts.Ref) (alerts.Ref, error) {
	if w, ok := r.transport.(*webhook); ok {
		return w.sendRoll(ctx, messages)
	}
	b, _ := r.transport.(*bot)
	title, a := rolled(messages)
	options := append(line(title), slack.MsgOptionAttachments(a))
	what := about{"episode": alerts.RollKey(messages[0].Alert.Episode)}
	ref, err := b.put(ctx, what, prev, options)
	if unfit(err) {
		ref, err = b.put(ctx, what, prev, line(title))
	}
	if err != nil {
		return alerts.Ref{}, b.explain(err)
	}
	return ref, nil
}

func (w *webhook) sendRoll(ctx context.Context, messages []alerts.Message) (alerts.Ref, error) {
	ref := alerts.Ref{Channel: "webhook", ID: "list"}
	var news []alerts.Message
	for i := range messages {
		if messages[i].Told != messages[i].Alert.Stage() {
			news = append(news, messages[i])
		}
	}
	if len(news) == 0 {
		return ref, nil
	}
	title, a := rolled(news)
	return ref, w.say(ctx, title, a)
}

// rolled is a message that many alerts share: a line for each, those that fire first.
func rolled(messages []alerts.Message) (string, slack.Attachment) {
	var firing, over []string
	worst := alerts.Message{Alert: alerts.Alert{State: alerts.Resolved}}
	for i := range messages {
		m := &messages[i]
		line := clip(headline(*m), maxField)
		if m.Alert.State == alerts.Resolved {
			over = append(over, line)
			continue
		}
		firing = append(firing, line)
		if worst.Alert.State == alerts.Resolved || m.Alert.Severity == alerts.Warning {
			worst = *m
		}
	}
	many := "alerts"
	if len(messages) == 1 {
		many = "alert"
	}
	title := fmt.Sprintf("%d more %s, %d of them firing: single messages are limited to keep this channel readable", len(messages), many, len(firing))
	var blocks []slack.Block
	lines := append(firing, over...)
	shown := lines[:min(len(lines), maxRolled)]
	for len(shown) > 0 {
		n := min(len(shown), 10)
		blocks = append(blocks, slack.NewSectionBlock(text(strings.Join(shown[:n], "\n"), 3*maxSection), nil, nil))
		shown = shown[n:]
	}
	if more := len(lines) - maxRolled; more > 0 {
		blocks = append(blocks, slack.NewContextBlock("", text(fmt.Sprintf("and %d more: see claudewatch alerts list", more), maxField)))
	}
	if b := buttons(messages[0].Links); b != nil {
		blocks = append(blocks, b)
	}
	return title, slack.Attachment{Color: colour(worst), Fallback: escape(title), Blocks: slack.Blocks{BlockSet: blocks}}
}
