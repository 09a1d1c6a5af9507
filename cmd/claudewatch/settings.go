package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/logreceiver"
	"github.com/claudewatch/claudewatch/alerts/slack"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/decode"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/store"
)

// loadConfig reads a configuration against the rules that there are.
func loadConfig(path string, environ func(string) string) (*config.Config, error) {
	var rules []config.Rule
	for _, r := range alerts.Rules() {
		rule := config.Rule{Name: r.Name, Keys: []string{"for", "hold", "severity"}, Fire: r.Fire, Resolve: r.Resolve}
		if r.Fire.Known() {
			rule.Keys = append(rule.Keys, "fire")
		}
		if r.Resolve.Known() {
			rule.Keys = append(rule.Keys, "resolve")
		}
		rules = append(rules, rule)
	}
	return config.Load(path, config.Options{Rules: rules, Environ: environ})
}

func configuredLimits(cfg *config.Config) []limits.Limit {
	var out []limits.Limit
	for _, l := range cfg.Limits {
		out = append(out, limits.Limit{Pool: l.Pool, Limiter: l.Limiter, Limit: l.Limit, Per: time.Duration(l.Per)})
	}
	return out
}

func alertSettings(cfg *config.Config) alerts.Settings {
	out := alerts.Settings{}
	for name, a := range cfg.Alerts {
		s := alerts.Setting{Severity: alerts.Severity(a.Severity)}
		s.Enabled, s.Fire, s.Resolve = pointer(a.Enabled), pointer(a.Fire), pointer(a.Resolve)
		s.For, s.Hold = duration(a.For), duration(a.Hold)
		out[name] = s
	}
	return out
}

func pointer[T comparable](o claude.Opt[T]) *T {
	if v, ok := o.Get(); ok {
		return &v
	}
	return nil
}

func duration(o claude.Opt[config.Duration]) *time.Duration {
	if v, ok := o.Get(); ok {
		d := time.Duration(v)
		return &d
	}
	return nil
}

// decoderOf returns what makes the decoders of a source. The configuration has checked the source's fields.
func decoderOf(src config.Source, name string) func() collector.Decoder {
	return func() collector.Decoder {
		d, err := decode.New(decode.Options{App: src.App, Workspace: src.Workspace, Source: name, Fields: src.Fields})
		if err != nil {
			panic(fmt.Sprintf("source %s passed the configuration but not the decoder: %v", name, err))
		}
		return d
	}
}

// newReceivers makes the receivers of the configuration, named by their kind and, from the second of a kind on, a number.
func newReceivers(cfg *config.Config, log *slog.Logger) ([]alerts.Receiver, error) {
	var out []alerts.Receiver
	seen := map[string]int{}
	for _, r := range cfg.Receivers {
		kind := "log"
		if r.Slack != nil {
			kind = "slack"
		}
		name := kind
		if seen[kind]++; seen[kind] > 1 {
			name = fmt.Sprintf("%s-%d", kind, seen[kind])
		}
		made, err := newReceiver(r, name, log)
		if err != nil {
			return nil, err
		}
		out = append(out, made)
	}
	return out, nil
}

func newReceiver(r config.Receiver, name string, log *slog.Logger) (alerts.Receiver, error) {
	if r.Slack == nil {
		return logreceiver.New(logreceiver.Options{Name: name, Logger: log})
	}
	return slack.New(slack.Options{
		Name: name, Channel: r.Slack.Channel, APIURL: r.Slack.APIURL,
		Token: slack.Secret(r.Slack.Token.Reveal()), WebhookURL: slack.Secret(r.Slack.WebhookURL.Reveal()),
	})
}

// routes says which severities each receiver hears of. The receivers are in the configuration's order.
func routes(cfg *config.Config, receivers []alerts.Receiver) []alerts.Route {
	var out []alerts.Route
	for i, r := range receivers {
		route := alerts.Route{Name: r.Name()}
		for _, s := range cfg.Receivers[i].Severity {
			route.Severities = append(route.Severities, alerts.Severity(s))
		}
		out = append(out, route)
	}
	return out
}

// evaluationTick is how often alerts are evaluated when nothing comes in: every 15 s, and often enough for the shortest hold.
func evaluationTick(cfg *config.Config) time.Duration {
	tick := evaluateTick
	for _, a := range cfg.Alerts {
		for _, d := range []claude.Opt[config.Duration]{a.For, a.Hold} {
			if v := time.Duration(d.Or(0)); v > 0 {
				tick = min(tick, max(v/4, time.Second))
			}
		}
	}
	return tick
}

// explainStore adds what to do about a database that can't be used.
func explainStore(err error) error {
	hint := ""
	switch {
	case errors.Is(err, store.ErrLocked):
		hint = "another agent may be running on it; stop that one, or name another database with --db FILE"
	case errors.Is(err, store.ErrNewer):
		hint = "upgrade claudewatch, or name another database with --db FILE"
	case errors.Is(err, store.ErrForeign):
		hint = "name another file with --db FILE; claudewatch makes it"
	case errors.Is(err, store.ErrReadOnly):
		hint = "make the file and its directory writable, or name another database with --db FILE"
	}
	return hinted{err, cmp.Or(hint, "name another database with --db FILE")}
}

func ruleNames() []string {
	var names []string
	for _, r := range alerts.Rules() {
		names = append(names, r.Name)
	}
	return names
}
