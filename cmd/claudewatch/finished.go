package main

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/decode"
	"github.com/claudewatch/claudewatch/internal/config"
)

// finishedFlags say what the logs don't, for the commands that read finished ones.
type finishedFlags struct {
	serveFlags
	app, workspace string
	zone           zoneFlag
}

func (f *finishedFlags) add(cmd *cobra.Command) {
	f.addDatabase(cmd)
	f.addIdentity(cmd)
}

// addFile is add without the database.
func (f *finishedFlags) addFile(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "config", "", "configuration file (YAML)")
	f.addIdentity(cmd)
}

func (f *finishedFlags) addIdentity(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.app, "app", "", "app of the calls that don't say")
	cmd.Flags().StringVar(&f.workspace, "workspace", "", "workspace of the calls that don't say")
	cmd.Flags().Var(&f.zone, "tz", "time zone of times without one, as in UTC or Europe/Berlin (default the machine's)")
}

// source returns what is set for a file: the first configured source whose glob names it, compressed or not, and the flags over that.
func (f *finishedFlags) source(cfg *config.Config, name string) config.Source {
	var src config.Source
	for i := range cfg.Sources {
		if globsName(cfg.Sources[i].Tail, name) {
			src = cfg.Sources[i]
			break
		}
	}
	if f.app != "" {
		src.App = f.app
	}
	if f.workspace != "" {
		src.Workspace = f.workspace
	}
	if f.zone != "" {
		src.Timezone = string(f.zone)
	}
	return src
}

// zoneFlag is the name of a time zone that this system knows; "" is none.
type zoneFlag string

func (z *zoneFlag) String() string { return string(*z) }
func (z *zoneFlag) Type() string   { return "zone" }

// Set implements pflag.Value.
func (z *zoneFlag) Set(name string) error {
	zone, err := parseZone(name)
	if err != nil {
		return errors.New("no such time zone: write UTC, Local or a name as in Europe/Berlin")
	}
	*z = zoneFlag(zone.String())
	return nil
}

func globsName(globs []string, name string) bool {
	names := []string{name}
	if abs, err := filepath.Abs(name); err == nil && name != "-" {
		names = append(names, abs)
	}
	for _, glob := range globs {
		for _, n := range names {
			for _, suffix := range []string{"", ".gz", ".zst"} {
				if ok, err := filepath.Match(glob, strings.TrimSuffix(n, suffix)); ok && err == nil {
					return true
				}
			}
		}
	}
	return false
}

// newSummary is a summary of no line.
func newSummary() decode.Summary {
	return decode.Summary{Skipped: map[string]int64{}, Rejected: map[string]int64{}, Samples: map[string]string{}}
}

// note counts a line in a summary.
func note(s *decode.Summary, o collector.Outcome) {
	s.Lines++
	s.Calls += int64(len(o.Calls))
	if o.Skipped != "" {
		s.Skipped[o.Skipped]++
	}
	if o.Rejected != "" {
		s.Rejected[o.Rejected]++
		if s.Samples[o.Rejected] == "" {
			s.Samples[o.Rejected] = o.Detail
		}
	}
}

// gather adds one summary to another.
func gather(to *decode.Summary, s decode.Summary) {
	to.Lines += s.Lines
	to.Calls += s.Calls
	for why, n := range s.Skipped {
		to.Skipped[why] += n
	}
	for why, n := range s.Rejected {
		to.Rejected[why] += n
		if to.Samples[why] == "" {
			to.Samples[why] = s.Samples[why]
		}
	}
}

// named gives a call that names no source the file's name.
func named(calls []claude.Call, name string) {
	for i := range calls {
		if calls[i].Source == "" {
			calls[i].Source = name
		}
	}
}

// errInterrupted is how a command ends that was told to, before it was done.
var errInterrupted = errors.New("interrupted")

// wallClock is the present. Finished logs are decoded at one instant each: the lines of a record that were written together are then
// never torn apart by how long reading takes.
func wallClock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
