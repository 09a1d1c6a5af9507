package config

import (
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Config is all that can be set. Load or Parse makes it, flags may change it, and everybody else only reads it. The yaml tags are the
// names of the keys; they are part of the contract with users.
type Config struct {
	Listen     string           `yaml:"listen"` // host:port of the one port that everything is served on
	Database   Database         `yaml:"database"`
	LiveWindow Duration         `yaml:"live_window"` // a call older than this when read is history
	Sources    []Source         `yaml:"sources"`
	Webhook    Webhook          `yaml:"webhook"`
	Limits     []Limit          `yaml:"limits"`
	Prices     []Price          `yaml:"prices"` // over and beside the published ones
	Budgets    []Budget         `yaml:"budgets"`
	Alerts     map[string]Alert `yaml:"alerts"` // by the rule's name
	Rules      []UserRule       `yaml:"rules"`  // of the user's own
	Notify     string           `yaml:"notify"` // NotifyBuiltin or NotifyPrometheus
	Receivers  []Receiver       `yaml:"receivers"`
	Links      Links            `yaml:"links,omitempty"`
	API        API              `yaml:"api,omitempty"`
	Metrics    Metrics          `yaml:"metrics"`
	Log        Log              `yaml:"log"`

	rules   []Rule
	metrics map[string][]string // the labels of each metric; nil where they are not known
	file    string              // where the configuration was read from; "" for no file
	origins map[string]Origin   // by path, as in "sources[0].tail"; what is missing is a default
	environ bool                // whether the environment was read
	broken  []string            // paths that could not be read, so that nothing more is said of them
}

// Database says where the calls are kept, and how long.
type Database struct {
	Path      string    `yaml:"path"` // "" for the default place, see [Config.DatabasePath]
	Retention Retention `yaml:"retention"`
}

// Retention says how long single calls and their rollups by minute are kept. Rollups by hour and day stay for ever.
type Retention struct {
	Calls   Duration `yaml:"calls"`
	Minutes Duration `yaml:"minutes"`
}

// Where a file that was never seen before is read from.
const (
	Beginning = "beginning"
	End       = "end"
)

// Source is a set of log files that are followed.
type Source struct {
	Tail      []string          `yaml:"tail"`                // globs; "-" is standard input
	App       string            `yaml:"app,omitempty"`       // what calls that don't say get
	Workspace string            `yaml:"workspace,omitempty"` // what calls that don't say get
	Fields    map[string]string `yaml:"fields,omitempty"`    // name of a call's field to where this log keeps it
	Timezone  string            `yaml:"timezone,omitempty"`  // of times without a zone, as in Europe/Berlin; "" for the machine's
	ReadFrom  string            `yaml:"read_from,omitempty"` // Beginning or End, for files never seen before
}

// Zone returns the zone of times without one. The error says that this system does not know it.
func (s *Source) Zone() (*time.Location, error) {
	if s.Timezone == "" {
		return time.Local, nil
	}
	return time.LoadLocation(s.Timezone)
}

// Webhook is the HTTP intake.
type Webhook struct {
	Token     Secret `yaml:"token,omitempty"` // never from the configuration file
	TokenFile string `yaml:"token_file,omitempty"`
	MaxBody   Size   `yaml:"max_body"` // of one request as it is sent, in bytes
}

// Limit is a limit of the API that is used where the headers say nothing.
type Limit struct {
	Pool    claude.Pool    `yaml:"pool"`
	Limiter claude.Limiter `yaml:"limiter"`
	Limit   int64          `yaml:"limit"` // tokens or requests in each Per
	Per     Duration       `yaml:"per"`
}

// PerMinute returns the limit as the API states it, in tokens or requests a minute.
func (l *Limit) PerMinute() int64 {
	return int64(float64(l.Limit) * float64(time.Minute) / float64(l.Per))
}

// Alert changes a rule. What is unknown stays as the rule has it.
type Alert struct {
	Enabled  claude.Opt[bool]     `yaml:"enabled,omitzero"`
	Fire     claude.Opt[float64]  `yaml:"fire,omitzero"`     // threshold, in the rule's unit; a ratio for most
	Resolve  claude.Opt[float64]  `yaml:"resolve,omitzero"`  // below Fire
	Critical claude.Opt[float64]  `yaml:"critical,omitzero"` // not below Fire: from there on the alert is critical
	For      claude.Opt[Duration] `yaml:"for,omitzero"`      // how long the condition must hold before the alert fires; may be 0
	Hold     claude.Opt[Duration] `yaml:"hold,omitzero"`     // how long it must be clear before the alert resolves
	Severity string               `yaml:"severity,omitempty"`
}

// Who notifies people of alerts. With NotifyPrometheus the agent evaluates its rules and exports them, and its receivers are told nothing:
// Prometheus has rules of its own then, and nobody is told twice.
const (
	NotifyBuiltin    = "builtin"
	NotifyPrometheus = "prometheus"
)

// Metrics says what the metrics show.
type Metrics struct {
	Users []string `yaml:"users"` // users that become a label; all others are no label
}

// Log says how the agent logs.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// Default returns the configuration of an empty file: the webhook is on, alerts go to the log.
func Default() *Config {
	return &Config{
		Listen:     "localhost:9429",
		Database:   Database{Retention: Retention{Calls: 30 * day, Minutes: 90 * day}},
		LiveWindow: Duration(time.Hour),
		Webhook:    Webhook{MaxBody: 16 << 20},
		Notify:     NotifyBuiltin,
		Receivers:  []Receiver{{Log: &LogReceiver{}}},
		Log:        Log{Level: "info", Format: "text"},
		origins:    map[string]Origin{},
	}
}
