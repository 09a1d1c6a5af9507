package config

import (
	"fmt"
	"slices"
)

// Receiver is where notifications go: exactly one kind is set.
type Receiver struct {
	Slack        *Slack                `yaml:"slack,omitempty"`
	Webhook      *WebhookReceiver      `yaml:"webhook,omitempty"`
	Alertmanager *AlertmanagerReceiver `yaml:"alertmanager,omitempty"`
	PagerDuty    *PagerDuty            `yaml:"pagerduty,omitempty"`
	Log          *LogReceiver          `yaml:"log,omitempty"`
	Name         string                `yaml:"name,omitempty"`     // in metrics and logs; "" for its kind, with a number from the second on
	Fallback     string                `yaml:"fallback,omitempty"` // the name of the one that is told what this one can't be told; "" for none
	Severity     []string              `yaml:"severity,omitempty"` // the ones it is told of; none means all
	Match        *Match                `yaml:"match,omitempty"`    // what else an alert must be
	Digest       *Digest               `yaml:"digest,omitempty"`   // a message a day; nil for none
}

// Slack is a channel that a bot posts to, or an incoming webhook: exactly one of the token and the webhook URL is set.
type Slack struct {
	Channel        string `yaml:"channel,omitempty"` // id or name; only with a token
	Token          Secret `yaml:"token,omitempty"`   // never from the configuration file
	TokenFile      string `yaml:"token_file,omitempty"`
	WebhookURL     Secret `yaml:"webhook_url,omitempty"` // never from the configuration file
	WebhookURLFile string `yaml:"webhook_url_file,omitempty"`
	APIURL         string `yaml:"api_url,omitempty"` // "" for Slack's own
}

// WebhookReceiver is an address that takes alerts in the shape of Alertmanager's webhooks.
type WebhookReceiver struct {
	URL        string `yaml:"url,omitempty"`
	URLFile    string `yaml:"url_file,omitempty"` // of an address that holds a key
	Secret     Secret `yaml:"secret,omitempty"`   // signs requests; never from the configuration file
	SecretFile string `yaml:"secret_file,omitempty"`

	secretURL Secret // from URLFile
}

// Address returns where to post, once ReadSecrets has been called.
func (w *WebhookReceiver) Address() string {
	if w.URLFile != "" {
		return w.secretURL.Reveal()
	}
	return w.URL
}

// AlertmanagerReceiver is the Alertmanagers of one cluster, each by its own address.
type AlertmanagerReceiver struct {
	URL       []string `yaml:"url,omitempty"`
	Token     Secret   `yaml:"token,omitempty"` // sent as a bearer token; never from the configuration file
	TokenFile string   `yaml:"token_file,omitempty"`
}

// PagerDuty is an integration of PagerDuty's Events API v2.
type PagerDuty struct {
	RoutingKey     Secret `yaml:"routing_key,omitempty"` // never from the configuration file
	RoutingKeyFile string `yaml:"routing_key_file,omitempty"`
	URL            string `yaml:"url,omitempty"` // "" for PagerDuty's own
}

// LogReceiver writes notifications to the agent's own log.
type LogReceiver struct{}

// Match narrows what a receiver is told of: an alert must have one of the values for each key that is given. * in a value is any text.
type Match struct {
	Rule         []string `yaml:"rule,omitempty"`
	App          []string `yaml:"app,omitempty"`
	Workspace    []string `yaml:"workspace,omitempty"`
	Organization []string `yaml:"organization,omitempty"`
	Pool         []string `yaml:"pool,omitempty"`
	Limiter      []string `yaml:"limiter,omitempty"`
}

// Digest is when a receiver is told of the last day.
type Digest struct {
	At       string `yaml:"at,omitempty"`       // as in "09:00"
	Timezone string `yaml:"timezone,omitempty"` // as in Europe/Berlin; "" for UTC
}

// Links are addresses that messages point at.
type Links struct {
	Page      string `yaml:"page,omitempty"`      // of the agent as others reach it; "" for where it listens
	Dashboard string `yaml:"dashboard,omitempty"` // of a dashboard; "" for none
}

// API is the HTTP interface that changes something: silences, say. Without a token it only shows.
type API struct {
	Token     Secret `yaml:"token,omitempty"` // never from the configuration file
	TokenFile string `yaml:"token_file,omitempty"`
}

// receiverKind is one kind of receiver: its key, and whether it is set.
type receiverKind struct {
	name string
	set  bool
}

func (r *Receiver) kinds() []receiverKind {
	return []receiverKind{
		{"slack", r.Slack != nil},
		{"webhook", r.Webhook != nil},
		{"alertmanager", r.Alertmanager != nil},
		{"pagerduty", r.PagerDuty != nil},
		{"log", r.Log != nil},
	}
}

// Kind returns the receiver's kind, as in "slack"; "" for none.
func (r *Receiver) Kind() string {
	for _, k := range r.kinds() {
		if k.set {
			return k.name
		}
	}
	return ""
}

// ReceiverNames returns what the receivers are called: as they say themselves, else by their kind and, from the second of a kind on, a
// number.
func (c *Config) ReceiverNames() []string {
	var names []string
	seen := map[string]int{}
	for i := range c.Receivers {
		r := &c.Receivers[i]
		name := r.Kind()
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, seen[name])
		}
		if r.Name != "" {
			name = r.Name
		}
		names = append(names, name)
	}
	return names
}

// OnlyFallback reports whether a receiver hears only what another can't be told: it is the fallback of one, and nothing says what else
// it should hear of.
func (c *Config) OnlyFallback(i int) bool {
	r, name := &c.Receivers[i], c.ReceiverNames()[i]
	return len(r.Severity) == 0 && r.Match == nil && slices.ContainsFunc(c.Receivers, func(other Receiver) bool { return other.Fallback == name })
}

// hidden is a secret of a receiver, and the file that it may stand in.
type hidden struct {
	key    string // without _file, below the receiver
	secret *Secret
	file   *string
	isURL  bool
	env    string // the variable that gives it where the receiver doesn't; "" for one that is treated apart
}

// secrets returns the secrets that a receiver can have.
func (r *Receiver) secrets() []hidden {
	var all []hidden
	if s := r.Slack; s != nil {
		all = append(all, hidden{"slack.token", &s.Token, &s.TokenFile, false, ""}, hidden{"slack.webhook_url", &s.WebhookURL, &s.WebhookURLFile, true, ""})
	}
	if w := r.Webhook; w != nil {
		all = append(all, hidden{"webhook.url", &w.secretURL, &w.URLFile, true, ""}, hidden{"webhook.secret", &w.Secret, &w.SecretFile, false, receiverEnv("webhook", "secret")})
	}
	if a := r.Alertmanager; a != nil {
		all = append(all, hidden{"alertmanager.token", &a.Token, &a.TokenFile, false, receiverEnv("alertmanager", "token")})
	}
	if p := r.PagerDuty; p != nil {
		all = append(all, hidden{"pagerduty.routing_key", &p.RoutingKey, &p.RoutingKeyFile, false, receiverEnv("pagerduty", "routing_key")})
	}
	return all
}

// receiverEnv names the variable of a receiver's secret. The intake is a webhook too, so the one that is a receiver says so.
func receiverEnv(kind, key string) string {
	if kind == "webhook" {
		kind = "receiver_webhook"
	}
	return envName(kind + "." + key)
}
