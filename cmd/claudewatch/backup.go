package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/store"
)

func newBackup() *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the database, also while the agent runs",
		Args:  oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := flags.config()
			if err != nil {
				return err
			}
			path, err := cfg.DatabasePath(os.Getenv)
			if err != nil {
				return err
			}
			db, err := store.Open(cmd.Context(), store.Options{Path: path, ReadOnly: true})
			if err != nil {
				return explainStore(err)
			}
			err = db.Backup(cmd.Context(), args[0])
			if errors.Is(err, store.ErrExists) {
				err = hinted{err, "name a file that is not there"}
			}
			if err := errors.Join(err, db.Close()); err != nil {
				return err
			}
			info, err := os.Stat(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", args[0], inBytes(float64(info.Size())))
			return nil
		},
	}
	flags.addDatabase(cmd)
	return cmd
}
