package slack

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// eventType marks our messages, with the episode in the payload.
const eventType = "claude_alert"

// Bounds of a look for an earlier message.
const (
	findPages   = 5
	findPage    = 200
	clockLeeway = time.Minute // between Slack's clock and ours
)

var channelID = regexp.MustCompile(`^[CGD][A-Z0-9]{6,}$`)

// unreadable are the errors of a Slack that works and doesn't let the bot read the channel.
var unreadable = []string{
	"missing_scope", "not_in_channel", "channel_not_found", "no_permission", "access_denied", "not_allowed_token_type",
	"method_not_supported_for_channel_type", "team_access_not_granted", "unknown_method", "is_archived",
}

// find looks for an episode's message by its metadata. It needs the scope channels:history (groups:history in a private channel), and
// channels:read where the channel is given by name.
func (b *bot) find(ctx context.Context, episode string, since time.Time) (alerts.Ref, error) {
	channel, err := b.channelID(ctx)
	if err != nil {
		return alerts.Ref{}, b.unread(err)
	}
	p := &slack.GetConversationHistoryParameters{
		ChannelID: channel, Limit: findPage, IncludeAllMetadata: true,
		Oldest: strconv.FormatInt(since.Add(-clockLeeway).Unix(), 10) + ".000000",
	}
	for range findPages {
		h, err := b.api.GetConversationHistoryContext(ctx, p)
		if err != nil {
			return alerts.Ref{}, b.unread(err)
		}
		for i := range h.Messages {
			m := &h.Messages[i]
			if m.Metadata.EventType == eventType && m.Metadata.EventPayload["episode"] == any(episode) {
				return alerts.Ref{Channel: channel, ID: m.Timestamp}, nil
			}
		}
		if p.Cursor = h.ResponseMetaData.NextCursor; !h.HasMore || p.Cursor == "" {
			return alerts.Ref{}, nil
		}
	}
	return alerts.Ref{}, fmt.Errorf("slack: %w: too many messages since", alerts.ErrCantTell)
}

// channelID returns the channel's id, which it looks up once where the channel was given by name.
func (b *bot) channelID(ctx context.Context) (string, error) {
	if channelID.MatchString(b.channel) {
		return b.channel, nil
	}
	if id, ok := b.known.Load().(string); ok {
		return id, nil
	}
	name := strings.TrimPrefix(b.channel, "#")
	p := &slack.GetConversationsParameters{Limit: 1000, Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true}
	for range findPages {
		list, cursor, err := b.api.GetConversationsContext(ctx, p)
		if err != nil {
			return "", err
		}
		if i := slices.IndexFunc(list, func(c slack.Channel) bool { return c.Name == name }); i >= 0 {
			b.known.Store(list[i].ID)
			return list[i].ID, nil
		}
		if p.Cursor = cursor; cursor == "" {
			break
		}
	}
	return "", slack.SlackErrorResponse{Err: "channel_not_found"}
}

// unread tells a Slack that can't be reached from one that doesn't let the bot read.
func (b *bot) unread(err error) error {
	if code := reason(err); slices.Contains(unreadable, code) {
		return fmt.Errorf("slack: %w: %s", alerts.ErrCantTell, code)
	}
	return b.explain(err)
}
