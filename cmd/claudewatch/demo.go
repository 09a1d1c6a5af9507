package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/internal/simulate"
)

// demoHold replaces the hold times of all rules in the demo, so that an alert resolves while somebody is still watching.
const demoHold = 15 * time.Second

// demoPicture is how often the demo prints its status.
const demoPicture = 20 * time.Second

func newDemo() *cobra.Command {
	var listen string
	var seed uint64
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the agent beside a simulated organization",
		Long: `Runs the real agent beside a simulated organization: a Claude API with real token buckets and apps that use it and write logs. Within
two minutes a bucket passes 80 %, 429s storm, alerts fire and resolve. Hold times are shortened from minutes to seconds.
Alerts go to the terminal only. Ctrl-C ends it; nothing is left behind.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("seed") {
				seed = uint64(time.Now().UnixNano())
			}
			return demo(cmd.Context(), listen, seed, streams{cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "localhost:9429", "address to serve on")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "seed of the simulation (default another each time)")
	return cmd
}

func demo(ctx context.Context, listen string, seed uint64, s streams) (err error) {
	dir, err := os.MkdirTemp("", "claudewatch-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := demoConfig(listen, dir)
	if err != nil {
		return err
	}
	log := newLogger(s.err, cfg.Log)
	organization, err := simulate.NewDemo(simulate.Options{Dir: dir, Seed: seed, Tell: func(line string) {
		fmt.Fprintf(s.out, "\n>>> %s\n\n", line)
	}})
	if err != nil {
		return err
	}
	for _, src := range organization.Sources() {
		cfg.Sources = append(cfg.Sources, config.Source{Tail: []string{src.Glob}, App: src.App, Workspace: src.Workspace})
	}
	a, err := newAgent(ctx, cfg, agentOptions{stdin: s.in, log: log, tick: evaluationTick(cfg)})
	if err != nil {
		return errors.Join(err, organization.Close())
	}
	printWelcome(s.out, cfg, a)
	fmt.Fprintf(s.out, "demo: a simulated organization (seed %d). Hold times are %s instead of minutes. Ctrl-C ends it.\n", seed, demoHold)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.Run(ctx) })
	g.Go(func() error { return organization.Run(ctx) })
	g.Go(func() error { return showEvery(ctx, demoPicture, a, s.out) })
	return errors.Join(g.Wait(), a.Close())
}

// demoConfig is an empty configuration with short holds and a database that goes with the demo.
func demoConfig(listen, dir string) (*config.Config, error) {
	cfg, err := loadConfig("", nil)
	if err != nil {
		return nil, err
	}
	cfg.Listen = listen
	cfg.Given("listen", "--listen")
	cfg.Database.Path = filepath.Join(dir, "demo.db")
	cfg.Alerts = map[string]config.Alert{}
	for _, r := range ruleNames() {
		cfg.Alerts[r] = config.Alert{Hold: claude.Some(config.Duration(demoHold))}
	}
	return cfg, cfg.Validate()
}

// showEvery prints the agent's picture now and then, as the status command would.
func showEvery(ctx context.Context, every time.Duration, a *agent, w io.Writer) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			p, err := assemble(ctx, a.db, a.watch.tracker.Levels(now), now)
			if err == nil {
				err = showTable(w, p)
			}
			if err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}
