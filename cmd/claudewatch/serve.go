package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/internal/config"
)

// serveFlags are the settings that a command line may give; they win over the environment and the file.
type serveFlags struct {
	file       string
	database   string
	listen     string
	tails      []string
	liveWindow time.Duration
	print      bool
}

func (f *serveFlags) addDatabase(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "config", "", "configuration file (YAML)")
	cmd.Flags().StringVar(&f.database, "db", "", "database file (default: claudewatch.db in the user's data directory)")
}

func (f *serveFlags) add(cmd *cobra.Command) {
	f.addDatabase(cmd)
	cmd.Flags().StringArrayVar(&f.tails, "tail", nil, "follow the files of a glob, or - for standard input; repeatable")
	cmd.Flags().StringVar(&f.listen, "listen", "", "address to serve on (default localhost:9429)")
	cmd.Flags().DurationVar(&f.liveWindow, "live-window", 0, "calls older than this when read are history, without metrics and alerts (default 1h)")
	cmd.Flags().BoolVar(&f.print, "print-config", false, "print what is in force, secrets hidden, and end")
}

// config reads the file and the environment and puts the flags over them.
func (f *serveFlags) config() (*config.Config, error) {
	cfg, err := loadConfig(f.file, os.Getenv)
	if err != nil {
		return nil, err
	}
	if f.database != "" {
		cfg.Database.Path = f.database
		cfg.Given("database.path", "--db")
	}
	if f.listen != "" {
		cfg.Listen = f.listen
		cfg.Given("listen", "--listen")
	}
	if f.liveWindow != 0 {
		cfg.LiveWindow = config.Duration(f.liveWindow)
		cfg.Given("live_window", "--live-window")
	}
	for _, glob := range f.tails { // a source each, beside those of the file
		cfg.Given(fmt.Sprintf("sources[%d].tail", len(cfg.Sources)), "--tail")
		cfg.Sources = append(cfg.Sources, config.Source{Tail: []string{glob}})
	}
	return cfg, cfg.Validate()
}

func newServe() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the agent: sources, store, metrics and alerts on one port",
		Long: `Runs the agent. Without configuration and flags it takes records by webhook, keeps them in the user's data directory, sends alerts to
the log, and says what to do next.`,
		Example: `  claudewatch serve --tail '/var/log/shop/*.log'
  docker logs -f shop 2>&1 | claudewatch serve --tail -
  CLAUDEWATCH_SLACK_WEBHOOK_URL=https://hooks.slack.com/services/... claudewatch serve --tail app.log`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.print {
				cfg, err := flags.config()
				if err != nil {
					return err
				}
				return cfg.Print(cmd.OutOrStdout())
			}
			cfg, warnings, err := flags.withSecrets()
			if err != nil {
				return err
			}
			for _, w := range warnings {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", w)
			}
			return serve(cmd.Context(), cfg, streams{cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()}, flags.withSecrets)
		},
	}
	flags.add(cmd)
	return cmd
}

// withSecrets is config with the secrets read, and warnings of what is allowed but seldom meant.
func (f *serveFlags) withSecrets() (cfg *config.Config, warnings []string, err error) {
	if cfg, err = f.config(); err != nil {
		return nil, nil, err
	}
	if warnings, err = cfg.ReadSecrets(); err != nil {
		return nil, nil, err
	}
	return cfg, append(cfg.Warnings(), warnings...), nil
}

// serve runs the agent until ctx ends. SIGHUP has it read its configuration anew.
func serve(ctx context.Context, cfg *config.Config, s streams, read func() (*config.Config, []string, error)) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	defer signal.Stop(signals)
	level := &slog.LevelVar{}
	log := newLeveledLogger(s.err, cfg.Log, level)
	a, err := newAgent(ctx, cfg, agentOptions{stdin: s.in, log: log, tick: evaluationTick(cfg), reloading: reloading{signals, read, level}})
	if err != nil {
		return err
	}
	printWelcome(s.out, cfg, a)
	return errors.Join(a.Run(ctx), a.Close())
}

func newLogger(w io.Writer, l config.Log) *slog.Logger {
	return newLeveledLogger(w, l, &slog.LevelVar{})
}

// newLeveledLogger returns a log whose level can be changed.
func newLeveledLogger(w io.Writer, l config.Log, level *slog.LevelVar) *slog.Logger {
	level.Set(logLevel(l))
	o := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func logLevel(l config.Log) slog.Level {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // the configuration has checked it
	return level
}

// printWelcome says where everything is and what to do next.
func printWelcome(w io.Writer, cfg *config.Config, a *agent) {
	fmt.Fprintf(w, "claudewatch %s\n", readBuildInfo().Version)
	fmt.Fprintf(w, "  status    %s/\n", a.URL())
	fmt.Fprintf(w, "  metrics   %s/metrics\n", a.URL())
	fmt.Fprintf(w, "  webhook   POST %s/v1/calls\n", a.URL())
	fmt.Fprintf(w, "  database  %s\n", a.database)
	for _, src := range cfg.Sources {
		for _, glob := range src.Tail {
			fmt.Fprintf(w, "  tail      %s\n", glob)
		}
	}
	if cfg.Notify == config.NotifyPrometheus {
		fmt.Fprint(w, "  alerts to nobody: Prometheus notifies, by the rules of claudewatch generate rules\n")
	} else {
		fmt.Fprintf(w, "  alerts to %s\n", a.receiverNames())
	}
	if len(cfg.Sources) == 0 {
		fmt.Fprint(w, "\nnext: follow your logs       claudewatch serve --tail '/var/log/app/*.log'\n"+
			"      see what is in a log    claudewatch decode app.log\n")
	}
	if !a.tells() && cfg.Notify == config.NotifyBuiltin {
		fmt.Fprint(w, "\nnext: get alerts in Slack     set CLAUDEWATCH_SLACK_TOKEN and CLAUDEWATCH_SLACK_CHANNEL,\n"+
			"                              or CLAUDEWATCH_SLACK_WEBHOOK_URL\n")
	}
	fmt.Fprintln(w)
}
