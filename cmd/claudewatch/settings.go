package main

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/decode"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/internal/limits"
	"github.com/claudewatch/claudewatch/store"
)

// loadConfig reads a configuration against the rules that there are.
func loadConfig(path string, environ func(string) string) (*config.Config, error) {
	return config.Load(path, config.Options{Rules: configRules(), Metrics: configMetrics(), Environ: environ})
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
		s.Enabled, s.Fire, s.Resolve, s.Critical = pointer(a.Enabled), pointer(a.Fire), pointer(a.Resolve), pointer(a.Critical)
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
		o, err := decoderOptions(&src, name)
		var d *decode.Decoder
		if err == nil {
			d, err = decode.New(o)
		}
		if err != nil {
			panic(fmt.Sprintf("source %s passed the configuration but not the decoder: %v", name, err))
		}
		return d
	}
}

func decoderOptions(src *config.Source, name string) (decode.Options, error) {
	zone, err := src.Zone()
	return decode.Options{App: src.App, Workspace: src.Workspace, Source: name, Fields: src.Fields, Zone: zone}, err
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
	for i := range cfg.Rules {
		if v := time.Duration(cfg.Rules[i].For); v > 0 {
			tick = min(tick, max(v/4, time.Second))
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
	case errors.Is(err, store.ErrOlder):
		hint = "start the agent on it once, which brings it up to date: claudewatch serve --db FILE"
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
	for _, r := range alerts.Rules(feeds()...) {
		names = append(names, r.Name)
	}
	return names
}
