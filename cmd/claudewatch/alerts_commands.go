package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/store"
)

func newAlerts() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "Show what fires and what fired, mute alerts, and test the receivers",
		Args:  cobra.ArbitraryArgs,
		RunE:  subcommand,
	}
	cmd.AddCommand(newAlertsList(), newAlertsHistory(), newAlertsSilence(), newAlertsUnsilence(), newAlertsTest())
	return cmd
}

// alertsView is what a command shows: as a table, as JSON and as CSV.
type alertsView interface {
	table(w io.Writer) error
	csv(w *csv.Writer) error
}

// outputFlag adds --output and returns what shows a view by it.
func outputFlag(cmd *cobra.Command) func(v alertsView) error {
	output := cmd.Flags().StringP("output", "o", "table", "output format: table, json or csv")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if *output != "table" && *output != "json" && *output != "csv" {
			return &usageError{err: fmt.Errorf("--output %q: want table, json or csv", *output)}
		}
		return nil
	}
	return func(v alertsView) error {
		switch w := cmd.OutOrStdout(); *output {
		case "json":
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			return enc.Encode(v)
		case "csv":
			return v.csv(csv.NewWriter(w))
		default:
			return v.table(w)
		}
	}
}

func newAlertsList() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show what fires now and the silences",
		Long:  "Shows what fires now and the silences in force. It reads the database, so it works beside a running agent and without one.",
		Args:  noArgs,
	}
	show := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var v firingView
		err := readStore(cmd.Context(), &flags, "alerts list", func(ctx context.Context, db *store.DB) error {
			all, err := db.Alerts(ctx)
			if err != nil {
				return err
			}
			silences := alerts.NewSilences(db, nil)
			if err := silences.Load(ctx); err != nil {
				return err
			}
			v.Now = time.Now()
			v.Alerts, v.Silences = listAlerts(all, silences, v.Now), silences.List()
			return nil
		})
		if err != nil {
			return err
		}
		return show(&v)
	}
	flags.addDatabase(cmd)
	return cmd
}

func newAlertsHistory() *cobra.Command {
	var flags serveFlags
	var since string
	var limit int
	cmd := &cobra.Command{
		Use:     "history",
		Short:   "Show what fired",
		Long:    "Shows what fired, the newest first. It reads the database, so it works beside a running agent and without one.",
		Example: "  claudewatch alerts history --since 30d --output csv",
		Args:    noArgs,
	}
	show := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		now := time.Now()
		from, most, err := historyQuery(since, fmt.Sprint(limit), now)
		if err != nil {
			return &usageError{err: fmt.Errorf("--%w", err)}
		}
		var v historyView
		err = readStore(cmd.Context(), &flags, "alerts history", func(ctx context.Context, db *store.DB) (err error) {
			v.Alerts, err = db.Episodes(ctx, from, now.Add(time.Minute), most)
			return err
		})
		if err != nil {
			return err
		}
		v.Since, v.Alerts = from.UTC(), list(v.Alerts)
		return show(&v)
	}
	flags.addDatabase(cmd)
	cmd.Flags().StringVar(&since, "since", "7d", "how far back, or from when, as in 24h or 2026-11-21T09:00:00Z")
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many")
	return cmd
}

func newAlertsSilence() *cobra.Command {
	var flags serveFlags
	var n newSilence
	var start string
	cmd := &cobra.Command{
		Use:   "silence MATCHER...",
		Short: "Mute the alerts that all matchers match",
		Long: `Mutes the alerts that all matchers match. A matcher is a label, one of = != =~ !~, and a value; rule and severity are labels too. Muted
alerts keep their state; what still fires when the silence ends is delivered then. It works on a running agent and without one.`,
		Example: `  claudewatch alerts silence rule=limit_usage_high pool=sonnet-5 --for 2h --comment 'backfill'
  claudewatch alerts silence 'workspace=~test-.*' --for 1d`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{err: fmt.Errorf("%s: no matcher given", cmd.CommandPath()), hint: cmd.UseLine()}
			}
			return nil
		},
	}
	show := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		n.Matchers = args
		if start != "" {
			at, err := time.Parse(time.RFC3339, start)
			if err != nil {
				return &usageError{err: fmt.Errorf("--start %q: write it as in 2026-11-21T18:00:00Z", start)}
			}
			n.StartsAt = at
		}
		wanted, err := n.silence(time.Now())
		if err != nil {
			return &usageError{err: err}
		}
		var made alerts.Silence
		err = changeStore(cmd.Context(), &flags, "alerts silence",
			func(ctx context.Context, agent localDoor) error {
				return agent.ask(ctx, "POST", "/api/v1/alerts/silences", n, &made)
			},
			func(ctx context.Context, s *alerts.Silences) (err error) { made, err = s.Add(ctx, wanted); return err })
		if err != nil {
			return err
		}
		return show(&silencesView{Silences: []alerts.Silence{made}})
	}
	flags.addDatabase(cmd)
	cmd.Flags().StringVar(&n.Duration, "for", "2h", "how long, as in 30m, 2h or 1d")
	cmd.Flags().StringVar(&start, "start", "", "from when, as in 2026-11-21T18:00:00Z (default: now)")
	cmd.Flags().StringVar(&n.Author, "author", os.Getenv("USER"), "who mutes")
	cmd.Flags().StringVar(&n.Comment, "comment", "", "why")
	return cmd
}

func newAlertsUnsilence() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "unsilence ID...",
		Short: "End silences",
		Long:  "Ends silences by their ids, as alerts list shows them. It works on a running agent and without one.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{err: fmt.Errorf("%s: no id given", cmd.CommandPath()), hint: "claudewatch alerts list shows the ids"}
			}
			return nil
		},
	}
	show := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var ended []alerts.Silence
		for _, id := range args {
			var s alerts.Silence
			err := changeStore(cmd.Context(), &flags, "alerts unsilence",
				func(ctx context.Context, agent localDoor) error {
					return agent.ask(ctx, "DELETE", "/api/v1/alerts/silences/"+pathPart(id), nil, &s)
				},
				func(ctx context.Context, all *alerts.Silences) (err error) { s, err = all.End(ctx, id); return err })
			if err != nil {
				return err
			}
			ended = append(ended, s)
		}
		return show(&silencesView{Silences: ended})
	}
	flags.addDatabase(cmd)
	return cmd
}

func newAlertsTest() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Send a test message through each receiver",
		Long: `Sends a test message through each receiver and says which worked, and why not. A running agent sends it, with the secrets that it has; without
one this command does. The exit code is 1 when one did not work.`,
		Args: noArgs,
	}
	show := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := flags.config()
		if err != nil {
			return err
		}
		var v testView
		if err := testThrough(cmd.Context(), cfg, cmd.ErrOrStderr(), &v); err != nil {
			return err
		}
		if err := show(&v); err != nil {
			return err
		}
		if len(v.Results) == 0 {
			return hinted{errors.New("alerts test: there are no receivers to send through"), "set receivers, and notify: builtin, in the configuration"}
		}
		for _, r := range v.Results {
			if !r.OK {
				return errors.New("alerts test: not every receiver took the message")
			}
		}
		return nil
	}
	flags.addDatabase(cmd)
	return cmd
}

// testThrough lets the running agent send the test messages, or sends them itself.
func testThrough(ctx context.Context, cfg *config.Config, log io.Writer, v *testView) error {
	database, err := cfg.DatabasePath(os.Getenv)
	if err != nil {
		return err
	}
	if agent, err := findDoor(database); err == nil {
		if agent.ask(ctx, "POST", "/api/v1/alerts/test", nil, v) == nil {
			v.By = "the running agent"
			return nil
		} // one that was killed has left its file behind
	}
	if _, err := cfg.ReadSecrets(); err != nil {
		return err
	}
	receivers, err := newReceivers(cfg, newLogger(log, cfg.Log))
	if err != nil {
		return err
	}
	v.By, v.Results = "this command", testReceivers(ctx, receivers, messageLinks(cfg, "http://"+cfg.Listen+"/"), time.Now())
	return nil
}

// readStore opens the database for reading.
func readStore(ctx context.Context, flags *serveFlags, what string, use func(context.Context, *store.DB) error) error {
	return openStore(ctx, flags, what, true, use)
}

// changeStore lets the running agent make a change, or makes it in the database where no agent has that open.
func changeStore(ctx context.Context, flags *serveFlags, what string, online func(context.Context, localDoor) error,
	offline func(context.Context, *alerts.Silences) error,
) error {
	err := openStore(ctx, flags, what, false, func(ctx context.Context, db *store.DB) error {
		s := alerts.NewSilences(db, nil)
		if err := s.Load(ctx); err != nil {
			return err
		}
		return offline(ctx, s)
	})
	if !errors.Is(err, store.ErrLocked) {
		return err
	}
	cfg, err := flags.config()
	if err != nil {
		return err
	}
	database, err := cfg.DatabasePath(os.Getenv)
	if err != nil {
		return err
	}
	agent, err := findDoor(database)
	if err != nil {
		return err
	}
	return online(ctx, agent)
}

func openStore(ctx context.Context, flags *serveFlags, what string, readOnly bool, use func(context.Context, *store.DB) error) error {
	cfg, err := flags.config()
	if err != nil {
		return err
	}
	path, err := cfg.DatabasePath(os.Getenv)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return hinted{fmt.Errorf("%s: %w", what, err), "no agent has run on this database yet; start one with claudewatch serve, or name the database with --db FILE"}
	}
	db, err := store.Open(ctx, store.Options{Path: path, ReadOnly: readOnly})
	if err != nil {
		return explainStore(err)
	}
	return errors.Join(use(ctx, db), db.Close())
}

// pathPart keeps an id from being more than one part of a path.
func pathPart(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, id)
}
