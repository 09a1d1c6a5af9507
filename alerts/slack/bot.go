package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// poster is the part of slack-go's client that the bot uses.
type poster interface {
	PostMessageContext(ctx context.Context, channel string, options ...slack.MsgOption) (string, string, error)
	UpdateMessageContext(ctx context.Context, channel, ts string, options ...slack.MsgOption) (string, string, string, error)
	AuthTestContext(ctx context.Context) (*slack.AuthTestResponse, error)
	GetConversationHistoryContext(ctx context.Context, p *slack.GetConversationHistoryParameters) (*slack.GetConversationHistoryResponse, error)
	GetConversationsContext(ctx context.Context, p *slack.GetConversationsParameters) ([]slack.Channel, string, error)
}

// bot posts with a token: it can edit and reply in threads.
type bot struct {
	api     poster
	channel string
	token   Secret
	// plainer is set once Slack has refused a chart and taken the rest: not every workspace draws them.
	plainer atomic.Bool
	known   atomic.Value // string: the channel's id, as Slack answered it
}

func (b *bot) send(ctx context.Context, m alerts.Message, prev alerts.Ref) (alerts.Ref, error) {
	ref, err := b.tell(ctx, m, prev)
	if err != nil {
		return alerts.Ref{}, b.explain(err)
	}
	line, broadcast := threadLine(m, prev)
	if line == "" {
		return ref, nil
	}
	if err := b.reply(ctx, ref, line, broadcast); err != nil {
		// What only the thread refuses is no reason to give up: the message itself shows the state.
		if e := b.sendError(err); !e.Permanent && !e.Gone {
			return alerts.Ref{}, fmt.Errorf("slack: %w", e)
		}
	}
	return ref, nil
}

// tell shows the message with all there is, and with less where Slack finds something wrong with that: its rules for blocks change,
// and the plain line says all that matters.
func (b *bot) tell(ctx context.Context, m alerts.Message, prev alerts.Ref) (alerts.Ref, error) {
	chart := draw(&m) != nil && !b.plainer.Load()
	ref, err := b.show(ctx, m, prev, full(m, chart))
	if chart && unfit(err) {
		if ref, err = b.show(ctx, m, prev, full(m, false)); err == nil {
			b.plainer.Store(true)
		}
	}
	if unfit(err) {
		ref, err = b.show(ctx, m, prev, plain(m))
	}
	return ref, err
}

// unfit reports that Slack refused the form of a message, not the message.
func unfit(err error) bool {
	return slices.Contains([]string{
		"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_attachments", "too_many_attachments",
	}, reason(err))
}

// show posts or edits an alert's message.
func (b *bot) show(ctx context.Context, m alerts.Message, prev alerts.Ref, options []slack.MsgOption) (alerts.Ref, error) {
	return b.put(ctx, about{"episode": m.Alert.Episode, "revision": m.Alert.Revision}, prev, options)
}

// about is what a message's metadata says, so that it is found again after a crash.
type about map[string]any

// put posts or edits. What a message is about is said when it is posted.
func (b *bot) put(ctx context.Context, what about, prev alerts.Ref, options []slack.MsgOption) (alerts.Ref, error) {
	if prev != (alerts.Ref{}) {
		channel, ts, _, err := b.api.UpdateMessageContext(ctx, prev.Channel, prev.ID, options...)
		return alerts.Ref{Channel: channel, ID: ts}, err
	}
	if what != nil {
		options = append(options, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: eventType, EventPayload: what}))
	}
	channel, ts, err := b.api.PostMessageContext(ctx, b.channel, options...)
	if err == nil && channel != "" {
		b.known.Store(channel)
	}
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

func full(m alerts.Message, chart bool) []slack.MsgOption {
	return append(plain(m), slack.MsgOptionAttachments(attachment(m, chart)))
}

// plain is the message without anything that Slack could find wrong.
func plain(m alerts.Message) []slack.MsgOption { return line(headline(m)) }

// line is one line of text. The empty attachments take away those of an edited message.
func line(text string) []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionText(escape(text), false),
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
