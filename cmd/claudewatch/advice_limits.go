package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/config"
)

// Thresholds of what is said of limits.
const (
	poolFull   = 0.8
	poolIdle   = 0.2
	largeLeast = 5 // calls
)

// buckets returns the limits in order.
func (e *evidence) buckets() []claude.Bucket {
	return slices.SortedFunc(maps.Keys(e.limits), claude.Bucket.Compare)
}

// busy returns how near to its limit a bucket was in its busy minutes.
func (e *evidence) busy(b claude.Bucket) float64 {
	return float64(e.peaks[b]) / float64(e.limits[b].Limit.Or(1))
}

// findPools names pools that are full while another of the same owner is idle.
func findPools(e *evidence) []advice {
	var out []advice
	for _, full := range e.buckets() {
		if e.busy(full) < poolFull || e.limits[full].Derived {
			continue
		}
		idle, ok := e.idleBeside(full)
		if !ok {
			continue
		}
		a := advice{
			Kind: advicePools, Subject: subject("workspace", full.Workspace, "pool", string(full.Pool), "idle_pool", string(idle.Pool), "limiter", string(full.Limiter)),
			What: fmt.Sprintf("In its busy minutes pool %s is at %.0f %% of its %s limit of %s, while %s is at %.0f %% of %s.",
				full.Pool, 100*e.busy(full), full.Limiter, human(float64(e.limits[full].Limit.Or(0))), idle.Pool, 100*e.busy(idle), human(float64(e.limits[idle].Limit.Or(0)))),
			Numbers: map[string]float64{
				"busy_load": e.busy(full), "limit": float64(e.limits[full].Limit.Or(0)), "idle_load": e.busy(idle), "idle_limit": float64(e.limits[idle].Limit.Or(0)),
			},
			Do: fmt.Sprintf("try a part of the traffic on a model of %s: pools do not share their limits.", idle.Pool),
		}
		out = append(out, a)
	}
	return out
}

// idleBeside returns the idlest bucket of the same owner and limiter, one of the same family before others.
func (e *evidence) idleBeside(full claude.Bucket) (claude.Bucket, bool) {
	var best claude.Bucket
	found := false
	for _, b := range e.buckets() {
		like := full
		like.Pool = b.Pool
		if b != like || b.Pool == full.Pool || e.busy(b) > poolIdle {
			continue
		}
		better := e.busy(b) < e.busy(best)
		if kin, was := family(b.Pool) == family(full.Pool), family(best.Pool) == family(full.Pool); kin != was {
			better = kin
		}
		if !found || better {
			best, found = b, true
		}
	}
	return best, found
}

func family(p claude.Pool) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(p), "claude-"), "-")
	return name
}

// findLarge names buckets of which single calls take a third and more.
func findLarge(e *evidence) []advice {
	var out []advice
	for _, b := range e.buckets() {
		l := e.large[b]
		if l == nil || l.calls < largeLeast {
			continue
		}
		limit, app := e.limits[b].Limit.Or(0), largest(l.app)
		out = append(out, advice{
			Kind: adviceLarge, Subject: subject("workspace", b.Workspace, "pool", string(b.Pool), "limiter", string(b.Limiter), "app", app),
			What: fmt.Sprintf("%s of %s calls to pool %s took a third or more of its %s limit of %s each, the largest %s; most came from %s.",
				human(float64(l.calls)), human(float64(l.of)), b.Pool, b.Limiter, human(float64(limit)), human(float64(l.most)), nameOf("app", app)),
			Numbers: map[string]float64{"calls": float64(l.calls), "of_calls": float64(l.of), "largest": float64(l.most), "limit": float64(limit)},
			Do:      "let them run one at a time, cache what they share, cut them into parts, or send them by batch: two at once fill the bucket for everybody.",
		})
	}
	return out
}

// findUnused names limits and budgets of the configuration that nothing came near.
func findUnused(e *evidence) []advice {
	out := e.unusedLimits()
	subjects := map[string]map[string]bool{"app": {}, "user": {}, "workspace": {}}
	for i := range e.apps {
		subjects["app"][e.apps[i].Values[0]] = true
	}
	for i := range e.users {
		subjects["user"][e.users[i].Values[0]] = true
	}
	for i := range e.pools {
		subjects["workspace"][e.pools[i].Values[2]] = true
	}
	for i := range e.cfg.Budgets {
		b := &e.cfg.Budgets[i]
		by, of := b.Of()
		if of == "*" || subjects[by][of] {
			continue
		}
		out = append(out, advice{
			Kind: adviceUnused, Subject: subject("budget", b.Name, by, of),
			What:    fmt.Sprintf("Budget %s is for %s, of whom there was no call.", printable(b.Name), nameOf(by, of)),
			Numbers: map[string]float64{"calls": 0},
			Do:      "check the spelling against claudewatch report --by " + by + ", or take the budget out.",
		})
	}
	return out
}

// unusedLimits names configured limits whose pool was not called, and those that headers overrule.
func (e *evidence) unusedLimits() []advice {
	var out []advice
	for i := range e.cfg.Limits {
		l := &e.cfg.Limits[i]
		called, read := int64(0), []claude.Level(nil)
		for j := range e.pools {
			b := poolBucket(e.pools[j].Values, l.Limiter)
			if b.Pool != l.Pool {
				continue
			}
			called += e.pools[j].Calls
			if have, ok := e.limits[b]; ok && have.From != claude.LimitFromConfig {
				read = append(read, have)
			}
		}
		if a, ok := unusedLimit(l, called, read); ok {
			out = append(out, a)
		}
	}
	return out
}

func unusedLimit(l *config.Limit, called int64, read []claude.Level) (advice, bool) {
	a := advice{
		Kind: adviceUnused, Subject: subject("pool", string(l.Pool), "limiter", string(l.Limiter)),
		Numbers: map[string]float64{"limit": float64(l.PerMinute()), "calls": float64(called)},
	}
	switch {
	case called == 0:
		a.What = fmt.Sprintf("The configured %s limit of pool %s was never used: no call went there.", l.Limiter, printable(string(l.Pool)))
		a.Do = "check the pool's name against claudewatch report --by pool, or take the limit out."
	case len(read) > 0 && read[0].Limit.Or(0) != l.PerMinute():
		a.Numbers["limit_read"] = float64(read[0].Limit.Or(0))
		a.What = fmt.Sprintf("The configured %s limit of pool %s, %s a minute, is not used: the headers say %s.", l.Limiter, printable(string(l.Pool)),
			human(float64(l.PerMinute())), human(float64(read[0].Limit.Or(0))))
		a.Do = "take it out of the configuration; headers always win."
	default:
		return a, false
	}
	return a, true
}
