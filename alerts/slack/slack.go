// Package slack posts alerts to Slack: with a bot token one message per episode that is edited as things change and turns green
// in the end, with an incoming webhook one message when it fires and one when it is over.
package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/claudewatch/claudewatch/alerts"
)

// requestTimeout bounds one request to Slack.
const requestTimeout = 10 * time.Second

// Options is what a receiver is made of: either Token and Channel, or WebhookURL.
type Options struct {
	Name       string // default: "slack"
	Token      Secret
	Channel    string // id, or name with or without #
	WebhookURL Secret
	// APIURL is where the bot finds Slack's API. Default: https://slack.com/api/.
	APIURL string
	// HTTPClient is used as it is. Default: a client with a timeout of 10 seconds that follows no redirect.
	HTTPClient *http.Client
	// AllowCustomHost lets WebhookURL point anywhere, over http too, not only at Slack.
	AllowCustomHost bool
}

// transport brings one message to Slack.
type transport interface {
	send(ctx context.Context, m alerts.Message, prev alerts.Ref) (alerts.Ref, error)
}

// Receiver posts to one channel.
type Receiver struct {
	name      string
	transport transport
}

// New returns a receiver. It talks to nobody yet. Errors name the option, never its secret.
func New(o Options) (*Receiver, error) {
	if o.Name == "" {
		o.Name = "slack"
	}
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{
			Timeout: requestTimeout,
			// A redirect would carry the secret to wherever it points.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	t, err := o.transport()
	if err != nil {
		return nil, fmt.Errorf("slack receiver %s: %w", o.Name, err)
	}
	return &Receiver{name: o.Name, transport: t}, nil
}

func (o *Options) transport() (transport, error) {
	switch {
	case o.Token == "" && o.WebhookURL == "":
		return nil, errors.New("neither token nor webhook_url is set")
	case o.Token != "" && o.WebhookURL != "":
		return nil, errors.New("both token and webhook_url are set: choose one")
	case o.WebhookURL != "":
		return o.webhook()
	case o.Channel == "":
		return nil, errors.New("token is set but no channel")
	default:
		return o.bot()
	}
}

func (o *Options) bot() (*bot, error) {
	options := []slack.Option{slack.OptionHTTPClient(o.HTTPClient)}
	if o.APIURL != "" {
		u, err := url.Parse(o.APIURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return nil, errors.New("api_url is no http or https address")
		}
		options = append(options, slack.OptionAPIURL(strings.TrimSuffix(o.APIURL, "/")+"/"))
	}
	return &bot{api: slack.New(string(o.Token), options...), channel: o.Channel, token: o.Token}, nil
}

func (o *Options) webhook() (*webhook, error) {
	u, err := url.Parse(string(o.WebhookURL))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("webhook_url is no http or https address")
	case o.AllowCustomHost:
	case u.Scheme != "https" || u.Host != "hooks.slack.com" && u.Host != "hooks.slack-gov.com":
		return nil, fmt.Errorf("webhook_url points at %s://%s, not at https://hooks.slack.com: allow_custom_host permits it", u.Scheme, u.Host)
	}
	return &webhook{client: o.HTTPClient, url: o.WebhookURL}, nil
}

// Name returns the receiver's name.
func (r *Receiver) Name() string { return r.name }

// Send brings the channel to the message's state. Its errors wrap *alerts.SendError.
func (r *Receiver) Send(ctx context.Context, m alerts.Message, prev alerts.Ref) (alerts.Ref, error) {
	return r.transport.send(ctx, m, prev)
}

// Check asks Slack whether the token works, without posting. A webhook can't be asked.
func (r *Receiver) Check(ctx context.Context) error {
	b, ok := r.transport.(*bot)
	if !ok {
		return nil
	}
	if _, err := b.api.AuthTestContext(ctx); err != nil {
		return b.explain(err)
	}
	return nil
}

// Remind says in the thread that an alert still fires. A webhook has no thread: the error is errors.ErrUnsupported then.
func (r *Receiver) Remind(ctx context.Context, m alerts.Message, ref alerts.Ref) error {
	if b, ok := r.transport.(*bot); ok {
		return b.remind(ctx, m, ref)
	}
	return errors.ErrUnsupported
}

// Posts reports whether it posts each change anew: a webhook does.
func (r *Receiver) Posts() bool {
	_, ok := r.transport.(*webhook)
	return ok
}

// Find looks for an episode's message that was posted after a time. A webhook can't read.
func (r *Receiver) Find(ctx context.Context, episode string, since time.Time) (alerts.Ref, error) {
	if b, ok := r.transport.(*bot); ok {
		return b.find(ctx, episode, since)
	}
	return alerts.Ref{}, fmt.Errorf("slack webhook: %w", alerts.ErrCantTell)
}

var (
	_ alerts.Finder   = (*Receiver)(nil)
	_ alerts.Poster   = (*Receiver)(nil)
	_ alerts.Reminder = (*Receiver)(nil)
	_ alerts.Roller   = (*Receiver)(nil)
	_ alerts.Checker  = (*Receiver)(nil)
)
