package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/dashboards"
)

// grafanaTokenEnv holds the token of a Grafana service account: secrets are no flags.
const grafanaTokenEnv = "CLAUDEWATCH_GRAFANA_TOKEN"

func newPush() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "push",
		Short: "Put the dashboards into a running Grafana",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return &usageError{err: errors.New("push: nothing named"), hint: "claudewatch push dashboards --grafana URL"}
		},
	}
	cmd.AddCommand(newPushDashboards())
	return cmd
}

func newPushDashboards() *cobra.Command {
	var o dashboards.Options
	p := dashboards.Pusher{}
	cmd := &cobra.Command{
		Use:   "dashboards --grafana URL",
		Short: "Create or update the dashboards in Grafana's folder Claude",
		Long: `Puts the dashboards into the folder Claude of a running Grafana by its API, and tells what was created, updated or left alone. The token of a
service account that may write dashboards and folders is read from ` + grafanaTokenEnv + `.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if p.URL == "" {
				return &usageError{err: errors.New("push dashboards: no Grafana given"), hint: "--grafana URL"}
			}
			if p.Token = os.Getenv(grafanaTokenEnv); p.Token == "" {
				return hinted{errors.New("push dashboards: no token"), "put the token of a Grafana service account into " + grafanaTokenEnv}
			}
			files, err := dashboards.Generate(o)
			if err != nil {
				return err
			}
			done, err := p.Push(cmd.Context(), files)
			for _, d := range done {
				change := string(d.Change)
				if p.DryRun && d.Change != dashboards.Unchanged {
					change = "would be " + change
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", d.Title, change)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&p.URL, "grafana", "", "address of Grafana, as in https://grafana.example.org")
	cmd.Flags().BoolVar(&p.DryRun, "dry-run", false, "only tell what would change")
	cmd.Flags().StringVar(&o.Datasource, "datasource", "", "name or uid of the Prometheus data source to begin with (default: Grafana's default one)")
	cmd.Flags().StringVar(&o.AgentURL, "agent-url", "", "where people reach the agent's page, for links to it")
	return cmd
}
