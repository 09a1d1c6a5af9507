package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/internal/config"
)

// replayFlags say which part of the logs is replayed, and with what other settings.
type replayFlags struct {
	sets         []string
	since, until string
}

func (f *replayFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.sets, "set", nil, "try another setting of a rule, as in limit_usage_high.fire=0.7; repeatable")
	cmd.Flags().StringVar(&f.since, "since", "", "leave out calls before: 2026-11-20, 2026-11-20T14:00, or 7d for that long ago")
	cmd.Flags().StringVar(&f.until, "until", "", "leave out calls from then on")
}

// span returns the times of the flags, zero for those that are not given. All times are in UTC.
func (f *replayFlags) span(now time.Time) (since, until time.Time, err error) {
	if f.since != "" {
		if since, err = parseTime("--since", f.since, time.UTC, now); err != nil {
			return since, until, err
		}
	}
	if f.until != "" {
		if until, err = parseTime("--until", f.until, time.UTC, now); err != nil {
			return since, until, err
		}
		if !until.After(since) {
			return since, until, &usageError{err: fmt.Errorf("--until %s is not after --since %s", f.until, f.since)}
		}
	}
	return since, until, nil
}

// set changes the configuration as the flags say. The values are read as those of the environment are, so that both take the same.
func (f *replayFlags) set(cfg *config.Config) error {
	for _, text := range f.sets {
		path, value, ok := strings.Cut(text, "=")
		rule, key, dotted := strings.Cut(path, ".")
		if !ok || !dotted || value == "" {
			return &usageError{err: fmt.Errorf("--set %q: want RULE.KEY=VALUE, as in limit_usage_high.fire=0.7", clip(text, 80))}
		}
		if err := settable(rule, key); err != nil {
			return &usageError{err: fmt.Errorf("--set %s: %w", clip(printable(text), 80), err)}
		}
		variable := "CLAUDEWATCH_ALERTS_" + strings.ToUpper(rule+"_"+key)
		err := cfg.ApplyEnv(func(name string) string {
			if name == variable {
				return value
			}
			return ""
		})
		if err != nil {
			return &usageError{err: fmt.Errorf("--set %s: %w", clip(printable(text), 80), reason(err))}
		}
		cfg.Given("alerts."+path, "--set")
	}
	return cfg.Validate()
}

// settable says why there is no such key of a rule, or nil.
func settable(rule, key string) error {
	all := configRules()
	i := slices.IndexFunc(all, func(r config.Rule) bool { return r.Name == rule })
	if i < 0 {
		return fmt.Errorf("there is no rule %s: want one of %s", rule, strings.Join(ruleNames(), ", "))
	}
	if keys := append(slices.Clone(all[i].Keys), "enabled"); !slices.Contains(keys, key) {
		slices.Sort(keys)
		return fmt.Errorf("%s has no %s: want one of %s", rule, key, strings.Join(keys, ", "))
	}
	return nil
}

// reason is an error of the configuration without the place, which is the flag.
func reason(err error) error {
	if all := config.Errors(err); len(all) > 0 {
		return &config.Error{Msg: all[0].Msg, Hint: all[0].Hint}
	}
	return err
}
