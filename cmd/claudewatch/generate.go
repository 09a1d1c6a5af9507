package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/dashboards"
)

func newGenerate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write files to import into Grafana",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return &usageError{err: fmt.Errorf("generate: nothing named"), hint: "claudewatch generate dashboards -o DIR"}
		},
	}
	cmd.AddCommand(newGenerateDashboards())
	return cmd
}

func newGenerateDashboards() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "dashboards -o DIR",
		Short: "Write the Grafana dashboards and a provisioning file",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return &usageError{err: fmt.Errorf("generate dashboards: no directory given"), hint: cmd.UseLine()}
			}
			files, err := dashboards.Generate(dashboards.Options{})
			if err != nil {
				return fmt.Errorf("generate dashboards: %w", err)
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return fmt.Errorf("generate dashboards: %w", err)
			}
			for _, f := range files {
				path := filepath.Join(dir, f.Name)
				if err := os.WriteFile(path, f.Content, 0o644); err != nil {
					return fmt.Errorf("generate dashboards: %w", err)
				}
				fmt.Fprintln(cmd.OutOrStdout(), path)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&dir, "output-dir", "o", "", "directory to write to; made if missing")
	return cmd
}
