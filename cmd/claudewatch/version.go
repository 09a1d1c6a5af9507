package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/store"
)

// version is set by the Makefile; a build by go install takes the module's.
var version string

// buildInfo is what version prints and claudewatch_build_info carries.
type buildInfo struct {
	Version, Commit, Go, SQLite string
}

func readBuildInfo() buildInfo {
	b := buildInfo{Version: version, Commit: "unknown", Go: runtime.Version(), SQLite: store.SQLiteVersion()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = cmp.Or(b.Version, info.Main.Version, "unknown")
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
	}
	return b
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit, Go and SQLite versions",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := readBuildInfo()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "claudewatch %s\ncommit %s\n%s\nSQLite %s\n", b.Version, b.Commit, b.Go, b.SQLite)
			return err
		},
	}
}
