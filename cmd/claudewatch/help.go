package main

import (
	"github.com/spf13/cobra"
)

// strictHelp makes a wrong name behind help and completion a wrong use, as it is everywhere else: by default both answer with the
// general help as if nothing were wrong.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Run, cmd.RunE = nil, help
		case "completion":
			cmd.Args, cmd.RunE = cobra.ArbitraryArgs, subcommand
		}
	}
}

// help shows the help of the command that the arguments name.
func help(cmd *cobra.Command, args []string) error {
	named, rest, err := cmd.Root().Find(args)
	if err != nil || named == nil || len(rest) > 0 || named == cmd.Root() && len(args) > 0 {
		return unknownCommand(cmd.Root(), args[0])
	}
	named.InitDefaultHelpFlag() // so that it is listed
	return named.Help()
}

// subcommand is what a command does that does nothing without one of its own commands.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	_ = cmd.Help() // to a terminal or a pipe: nothing can be done about a failure
	return &usageError{}
}
