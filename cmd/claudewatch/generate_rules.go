package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/dashboards"
)

// The formats of rules.
const (
	rulesPrometheus = "prometheus"
	rulesGrafana    = "grafana"
)

func newGenerateRules() *cobra.Command {
	var dir, format, file, job, datasource string
	var old bool
	cmd := &cobra.Command{
		Use:   "rules -o DIR",
		Short: "Write alert rules for Prometheus or Grafana",
		Long: `Writes the agent's own alert rules, as they are configured, for Prometheus (with recording rules and the tests that promtool runs) or as
Grafana-managed rules for its provisioning folder. Set notify: prometheus in the agent's configuration, or everybody is told twice.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rules, err := rulesInForce(file)
			if err != nil {
				return err
			}
			o := dashboards.RuleOptions{Rules: rules, Job: job, OldPrometheus: old}
			var files []dashboards.File
			switch format {
			case rulesPrometheus:
				files, err = dashboards.GenerateRules(o)
			case rulesGrafana:
				if datasource == "" {
					return &usageError{err: errors.New("generate rules: grafana's rules need the uid of a data source"), hint: "--datasource UID"}
				}
				files, err = dashboards.GenerateGrafanaRules(dashboards.GrafanaRuleOptions{RuleOptions: o, Datasource: datasource})
			default:
				return &usageError{err: fmt.Errorf("generate rules: unknown format %q", format), hint: "--format prometheus or grafana"}
			}
			if err != nil {
				return err
			}
			return writeFiles(cmd, dir, files)
		},
	}
	cmd.Flags().StringVar(&format, "format", rulesPrometheus, "prometheus or grafana")
	cmd.Flags().StringVar(&file, "config", "", "configuration file (YAML) that says which rules are on, and their thresholds")
	cmd.Flags().StringVar(&job, "job", "", "job name of the agents in Prometheus (default: claudewatch)")
	cmd.Flags().StringVar(&datasource, "datasource", "", "uid of Grafana's Prometheus data source, for --format grafana")
	cmd.Flags().BoolVar(&old, "old-prometheus", false, "leave out what Prometheus before 2.42 refuses (keep_firing_for)")
	addOutputDir(cmd, &dir)
	return cmd
}

// rulesInForce returns the rules that are on, as a configuration sets them.
func rulesInForce(file string) ([]dashboards.Rule, error) {
	cfg, err := loadConfig(file, os.Getenv)
	if err != nil {
		return nil, err
	}
	infos, err := alertSettings(cfg).InForce(feeds()...)
	if err != nil {
		return nil, err
	}
	var rules []dashboards.Rule
	for _, r := range infos {
		if r.Enabled {
			rules = append(rules, dashboards.Rule{
				Name: r.Name, Severity: string(r.Severity), Fire: r.Fire, Resolve: r.Resolve, Critical: r.Critical, For: r.For, Hold: r.Hold,
			})
		}
	}
	return rules, nil
}

// feeds are what rules of this program can live on.
func feeds() []alerts.Feed { return []alerts.Feed{alerts.FeedForecast, alerts.FeedPrices} }

func newGenerateAlertmanager() *cobra.Command {
	var dir string
	var o dashboards.AlertmanagerOptions
	cmd := &cobra.Command{
		Use:   "alertmanager -o DIR",
		Short: "Write a configuration of Alertmanager for the rules",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return writeFiles(cmd, dir, dashboards.GenerateAlertmanager(o))
		},
	}
	cmd.Flags().StringVar(&o.Channel, "channel", "", "Slack channel (default: #claude)")
	cmd.Flags().BoolVar(&o.Update, "update-message", false, "have one message edited as the alert changes, from Alertmanager 0.32 on")
	addOutputDir(cmd, &dir)
	return cmd
}
