package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/alertmanager"
	"github.com/claudewatch/claudewatch/alerts/logreceiver"
	"github.com/claudewatch/claudewatch/alerts/pagerduty"
	"github.com/claudewatch/claudewatch/alerts/post"
	"github.com/claudewatch/claudewatch/alerts/slack"
	"github.com/claudewatch/claudewatch/alerts/webhook"
	"github.com/claudewatch/claudewatch/internal/config"
)

// checkTimeout bounds how long a receiver may take to say whether it would take a message.
const checkTimeout = 30 * time.Second

// checkReceivers asks the receivers that can tell whether they would take a message, so that a wrong token is said at the start and not
// by the first alert that nobody got. The agent goes on in any case.
func (a *agent) checkReceivers(ctx context.Context) {
	for _, r := range a.receivers() {
		c, ok := r.(alerts.Checker)
		if !ok {
			continue
		}
		ask, cancel := context.WithTimeout(ctx, checkTimeout)
		err := c.Check(ask)
		cancel()
		if err != nil && ctx.Err() == nil {
			a.log.Error("receiver would not take an alert", "receiver", r.Name(), "error", err)
		}
	}
}

// newReceivers makes the receivers of the configuration. There are none where Prometheus notifies.
func newReceivers(cfg *config.Config, log *slog.Logger) ([]alerts.Receiver, error) {
	if cfg.Notify == config.NotifyPrometheus {
		return nil, nil
	}
	var out []alerts.Receiver
	for i, name := range cfg.ReceiverNames() {
		made, err := newReceiver(&cfg.Receivers[i], name, log)
		if err != nil {
			return nil, err
		}
		out = append(out, made)
	}
	return out, nil
}

func newReceiver(r *config.Receiver, name string, log *slog.Logger) (alerts.Receiver, error) {
	switch {
	case r.Slack != nil:
		return slack.New(slack.Options{
			Name: name, Channel: r.Slack.Channel, APIURL: r.Slack.APIURL,
			Token: slack.Secret(r.Slack.Token.Reveal()), WebhookURL: slack.Secret(r.Slack.WebhookURL.Reveal()),
		})
	case r.Webhook != nil:
		return webhook.New(webhook.Options{Name: name, URL: post.Secret(r.Webhook.Address()), Secret: post.Secret(r.Webhook.Secret.Reveal())})
	case r.Alertmanager != nil:
		var urls []post.Secret
		for _, u := range r.Alertmanager.URL {
			urls = append(urls, post.Secret(u))
		}
		return alertmanager.New(alertmanager.Options{Name: name, URLs: urls, Token: post.Secret(r.Alertmanager.Token.Reveal()), Logger: log})
	case r.PagerDuty != nil:
		return pagerduty.New(pagerduty.Options{Name: name, URL: post.Secret(r.PagerDuty.URL), RoutingKey: post.Secret(r.PagerDuty.RoutingKey.Reveal())})
	default:
		return logreceiver.New(logreceiver.Options{Name: name, Logger: log})
	}
}

// fallbacks says who is told what a receiver can't be told.
func fallbacks(cfg *config.Config) map[string]string {
	out := map[string]string{}
	for i, name := range cfg.ReceiverNames() {
		if to := cfg.Receivers[i].Fallback; to != "" {
			out[name] = to
		}
	}
	return out
}

// routes says which alerts each receiver hears of by itself. The receivers are in the configuration's order.
func routes(cfg *config.Config, receivers []alerts.Receiver) []alerts.Route {
	var out []alerts.Route
	for i, r := range receivers {
		if cfg.OnlyFallback(i) {
			continue
		}
		c := &cfg.Receivers[i]
		route := alerts.Route{Name: r.Name(), Match: matches(c.Match)}
		for _, s := range c.Severity {
			route.Severities = append(route.Severities, alerts.Severity(s))
		}
		out = append(out, route)
	}
	return out
}

func matches(m *config.Match) []alerts.Match {
	if m == nil {
		return nil
	}
	var out []alerts.Match
	for _, one := range []alerts.Match{
		{Label: "rule", Patterns: m.Rule},
		{Label: "app", Patterns: m.App},
		{Label: "workspace", Patterns: m.Workspace},
		{Label: "organization", Patterns: m.Organization},
		{Label: "pool", Patterns: m.Pool},
		{Label: "limiter", Patterns: m.Limiter},
	} {
		if len(one.Patterns) > 0 {
			out = append(out, one)
		}
	}
	return out
}

// digestPlans says when which receivers are told of the day. The configuration has checked times and zones.
func digestPlans(cfg *config.Config, receivers []alerts.Receiver) []alerts.DigestPlan {
	var out []alerts.DigestPlan
	for i, r := range receivers {
		d := cfg.Receivers[i].Digest
		to, ok := r.(alerts.Digested)
		if d == nil || !ok {
			continue
		}
		zone, err := time.LoadLocation(d.Timezone)
		at, parseErr := time.Parse("15:04", d.At)
		if err != nil || parseErr != nil {
			continue
		}
		out = append(out, alerts.DigestPlan{Receiver: to, Hour: at.Hour(), Minute: at.Minute(), Zone: zone})
	}
	return out
}

// messageLinks are the addresses that messages point at.
func messageLinks(cfg *config.Config, page string) []alerts.Link {
	if cfg.Links.Page != "" {
		page = cfg.Links.Page
	}
	links := []alerts.Link{{Name: "Open claudewatch", URL: page}}
	if cfg.Links.Dashboard != "" {
		links = append(links, alerts.Link{Name: "Open dashboard", URL: cfg.Links.Dashboard})
	}
	return links
}
