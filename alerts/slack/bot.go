package slack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// longEpisode is how long an episode must have lasted for its end to be worth a line in the thread. An edit alone is seen by
// nobody who isn't looking.
const longEpisode = 30 * time.Minute

// poster is the part of slack-go's client that the bot uses.
type poster interface {
	PostMessageContext(ctx context.Context, channel string, options ...slack.MsgOption) (string, string, error)
	UpdateMessageContext(ctx context.Context, channel, ts string, options ...slack.MsgOption) (string, string, string, error)
	AuthTestContext(ctx context.Context) (*slack.AuthTestResponse, error)
}

// bot posts with a token: it can edit and reply in threads.
type bot struct {
	api     poster
	channel string
	token   Secret
}

func (b *bot) send(ctx context.Context, m alerts.Message, prev alerts.Ref) (alerts.Ref, error) {
	ref, err := b.show(ctx, m, prev, full(m))
	if reason(err) == "invalid_blocks" || reason(err) == "msg_blocks_too_long" {
		// Slack's rules for blocks change: the plain line says all that matters.
		ref, err = b.show(ctx, m, prev, plain(m))
	}
	if err != nil {
		return alerts.Ref{}, b.explain(err)
	}
	if line, broadcast := threadLine(m, prev); line != "" {
		if err := b.reply(ctx, ref, line, broadcast); err != nil {
			return alerts.Ref{}, b.explain(err)
		}
	}
	return ref, nil
}

// show posts or edits.
func (b *bot) show(ctx context.Context, m alerts.Message, prev alerts.Ref, options []slack.MsgOption) (alerts.Ref, error) {
	if prev != (alerts.Ref{}) {
		channel, ts, _, err := b.api.UpdateMessageContext(ctx, prev.Channel, prev.ID, options...)
		return alerts.Ref{Channel: channel, ID: ts}, err
	}
	options = append(options, slack.MsgOptionMetadata(slack.SlackMetadata{
		EventType:    "claude_alert",
		EventPayload: map[string]any{"episode": m.Alert.Episode, "revision": m.Alert.Revision},
	}))
	channel, ts, err := b.api.PostMessageContext(ctx, b.channel, options...)
	return alerts.Ref{Channel: channel, ID: ts}, err
}

func (b *bot) reply(ctx context.Context, ref alerts.Ref, line string, broadcast bool) error {
	options := []slack.MsgOption{slack.MsgOptionText(escape(line), false), slack.MsgOptionDisableMarkdown(), slack.MsgOptionTS(ref.ID)}
	if broadcast {
		options = append(options, slack.MsgOptionBroadcast())
	}
	_, _, err := b.api.PostMessageContext(ctx, ref.Channel, options...)
	return err
}

// threadLine is what the thread of an edited message should say: that an alert which mattered is over, or back.
func threadLine(m alerts.Message, prev alerts.Ref) (line string, broadcast bool) {
	a := &m.Alert
	critical := a.Severity == alerts.Critical
	switch {
	case prev == alerts.Ref{}: // a new message is seen by itself
		return "", false
	case a.State == alerts.Resolved && (critical || a.ResolvedAt.Sub(a.FiredAt) > longEpisode):
		return headline(m), false
	case a.State != alerts.Resolved && a.Reason == string(alerts.ReasonReopened):
		return fmt.Sprintf("Firing again: %s", a.Facts.Title), critical
	default:
		return "", false
	}
}

func full(m alerts.Message) []slack.MsgOption {
	return append(plain(m), slack.MsgOptionAttachments(attachment(m)))
}

// plain is the message without anything that Slack could find wrong. The empty attachments take away those of an edited message.
func plain(m alerts.Message) []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionText(escape(headline(m)), false),
		slack.MsgOptionDisableMarkdown(),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionAttachments([]slack.Attachment{}...),
	}
}

// reason returns the code of Slack's own errors, "" for others.
func reason(err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return e.Err
	}
	return ""
}
