package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/dashboards"
)

func newGenerate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write files to import into Grafana, Prometheus and Alertmanager",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return &usageError{err: fmt.Errorf("generate: nothing named"), hint: "claudewatch generate dashboards, rules or alertmanager -o DIR"}
		},
	}
	cmd.AddCommand(newGenerateDashboards(), newGenerateRules(), newGenerateAlertmanager())
	return cmd
}

func newGenerateDashboards() *cobra.Command {
	var o dashboards.Options
	var dir, format string
	cmd := &cobra.Command{
		Use:   "dashboards -o DIR",
		Short: "Write the Grafana dashboards",
		Long: `Writes the Grafana dashboards, in one of three formats: provisioning is classic JSON with the provider file for Grafana's provisioning folder, and can
be imported by hand too; import asks for the data source when it is imported by hand; v2 is the schema of Grafana 13 and later.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Format = dashboards.Format(format); !slices.Contains(dashboards.Formats(), o.Format) {
				return &usageError{err: fmt.Errorf("generate dashboards: unknown format %q", format), hint: "--format provisioning, import or v2"}
			}
			files, err := dashboards.Generate(o)
			if err != nil {
				return err
			}
			return writeFiles(cmd, dir, files)
		},
	}
	cmd.Flags().StringVar(&format, "format", string(dashboards.Provisioning), "provisioning, import or v2")
	cmd.Flags().StringVar(&o.Datasource, "datasource", "", "name or uid of the Prometheus data source to begin with (default: Grafana's default one)")
	cmd.Flags().StringVar(&o.AgentURL, "agent-url", "", "where people reach the agent's page, for links to it")
	addOutputDir(cmd, &dir)
	return cmd
}

func addOutputDir(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVarP(dir, "output-dir", "o", "", "directory to write to; made if missing")
}

// writeFiles writes what a command generated and names each file.
func writeFiles(cmd *cobra.Command, dir string, files []dashboards.File) error {
	if dir == "" {
		return &usageError{err: fmt.Errorf("generate %s: no directory given", cmd.Name()), hint: cmd.UseLine()}
	}
	if err := writeAll(cmd.OutOrStdout(), dir, files); err != nil {
		return fmt.Errorf("generate %s: %w", cmd.Name(), err)
	}
	return nil
}

func writeAll(out io.Writer, dir string, files []dashboards.File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := os.WriteFile(path, f.Content, 0o644); err != nil {
			return err
		}
		fmt.Fprintln(out, path)
	}
	return nil
}
