// Package pagerduty opens and resolves incidents through version 2 of PagerDuty's Events API: one per episode.
package pagerduty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/post"
)

// DefaultURL is where events go. In Europe it is https://events.eu.pagerduty.com/v2/enqueue.
const DefaultURL = "https://events.pagerduty.com/v2/enqueue"

// Sizes, in characters. Source: PagerDuty, Events API v2.
const (
	maxSummary = 1024
	maxKey     = 255
)

// Options is what a receiver is made of. RoutingKey is required.
type Options struct {
	Name       string      // default: "pagerduty"
	RoutingKey post.Secret // of an Events API v2 integration
	URL        post.Secret // default: DefaultURL
}

// Receiver sends events. An event of the same episode changes the incident that there is, so it is never one too many.
type Receiver struct {
	o      Options
	client *post.Client
}

// New returns a receiver. It talks to nobody yet. Errors name the option, never its value.
func New(o Options) (*Receiver, error) {
	if o.Name == "" {
		o.Name = "pagerduty"
	}
	if o.URL == "" {
		o.URL = DefaultURL
	}
	if o.RoutingKey == "" {
		return nil, fmt.Errorf("pagerduty receiver %s: %w", o.Name, errors.New("no routing_key"))
	}
	if err := o.URL.CheckURL(); err != nil {
		return nil, fmt.Errorf("pagerduty receiver %s: url %w", o.Name, err)
	}
	return &Receiver{o, post.NewClient()}, nil
}

// Name returns the receiver's name.
func (r *Receiver) Name() string { return r.o.Name }

// Send triggers or resolves the episode's incident. The ref remembers the stage that it was told: a number that changed is no
// reason to page. Its errors wrap *alerts.SendError.
func (r *Receiver) Send(ctx context.Context, m alerts.Message, prev alerts.Ref) (alerts.Ref, error) {
	ref := alerts.Ref{Channel: "pagerduty", ID: m.Alert.Stage()}
	if prev == ref || m.Late { // nobody is paged for what is over
		return ref, nil
	}
	body, err := json.Marshal(r.event(&m))
	if err != nil {
		return alerts.Ref{}, fmt.Errorf("pagerduty: %w", &alerts.SendError{Reason: "event not encoded", Permanent: true})
	}
	err = r.client.JSON(ctx, post.Request{URL: r.o.URL, Body: body, Secrets: []post.Secret{r.o.RoutingKey}, Idempotent: true})
	if err != nil {
		return alerts.Ref{}, fmt.Errorf("pagerduty: %w", err)
	}
	return ref, nil
}

// event is the body of a request.
type event struct {
	RoutingKey string   `json:"routing_key"`
	Action     string   `json:"event_action"` // trigger or resolve
	DedupKey   string   `json:"dedup_key"`
	Payload    *payload `json:"payload,omitempty"`
	Links      []link   `json:"links,omitempty"`
	Client     string   `json:"client,omitempty"`
}

type payload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"` // critical, error, warning or info
	Timestamp time.Time         `json:"timestamp"`
	Component string            `json:"component,omitempty"`
	Class     string            `json:"class"`
	Details   map[string]string `json:"custom_details"`
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

func (r *Receiver) event(m *alerts.Message) event {
	a := &m.Alert
	e := event{RoutingKey: string(r.o.RoutingKey), Action: "trigger", DedupKey: cut(a.Episode, maxKey)}
	if a.State == alerts.Resolved {
		e.Action = "resolve"
		return e
	}
	details := alerts.Annotations(m)
	maps.Copy(details, a.Labels)
	e.Client = "claudewatch"
	e.Payload = &payload{
		Summary: cut(a.Facts.Title, maxSummary), Source: source(a), Severity: string(a.Severity), Timestamp: a.FiredAt.UTC(),
		Component: a.Labels["pool"], Class: a.Rule, Details: details,
	}
	for _, l := range m.Links {
		e.Links = append(e.Links, link{l.URL, l.Name})
	}
	return e
}

// source names what is affected, by the labels.
func source(a *alerts.Alert) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		parts = append(parts, name+"="+a.Labels[name])
	}
	if len(parts) == 0 {
		return "claude"
	}
	return cut(strings.Join(parts, " "), maxSummary)
}

func cut(s string, most int) string {
	r := []rune(strings.ToValidUTF8(s, ""))
	return string(r[:min(len(r), most)])
}
