package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run carries out one command line and returns its exit code. It is what tests call.
func run(ctx context.Context, args []string, s streams) int {
	root := newRoot(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var usage *usageError
	isUsage := errors.As(err, &usage)
	if isUsage && usage.err == nil { // help was the answer
		return exitUsage
	}
	printError(s.err, err)
	if isUsage {
		return exitUsage
	}
	return exitFailed
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "claudewatch",
		Short: "Watches how your applications use Claude and tells you before a limit stops them",
		Long: `claudewatch tails application logs or takes records over HTTP, keeps rate-limit headers and usage in SQLite,
exposes Prometheus metrics, generates Grafana dashboards, and posts Slack alerts at 80 % of a limit or when
429s spike.

Start with:
  claudewatch demo                           see it work on a simulated organization
  claudewatch decode app.log                 what does it see in my log?
  claudewatch serve --tail '/var/log/*.log'  watch`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          subcommand,
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err: err, hint: fmt.Sprintf("%s --help lists the flags", cmd.CommandPath())}
	})
	root.AddCommand(newServe(), newDemo(), newDecode(), newIngest(), newReplay(), newReport(), newStatus(), newForecast(), newAlerts(), newGenerate(), newPush(), newBackup(), newCheck(), newVersion())
	strictHelp(root)
	return root
}

func unknownCommand(cmd *cobra.Command, name string) error {
	hint := cmd.CommandPath() + " --help lists the commands"
	cmd.SuggestionsMinimumDistance = 2 // letters that may be wrong
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		hint = "did you mean " + cmd.CommandPath() + " " + near[0] + "?"
	}
	return &usageError{err: fmt.Errorf("unknown command %q", name), hint: hint}
}

// usageError is a wrong command line: exit code 2. Without an error inside, the help that was printed says enough.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string {
	if e.err == nil {
		return "wrong use"
	}
	return e.err.Error()
}

func (e *usageError) Unwrap() error { return e.err }
func (e *usageError) Hint() string  { return e.hint }

// hinted is an error that knows what to do about it.
type hinted struct {
	error
	hint string
}

func (e hinted) Unwrap() error { return e.error }
func (e hinted) Hint() string  { return e.hint }

// printError writes an error as every command does: what, why, and a hint where there is one. Joined errors get a line each.
func printError(w io.Writer, err error) {
	if all := joined(err); all != nil {
		for _, e := range all {
			printError(w, e)
		}
		return
	}
	fmt.Fprintf(w, "claudewatch: %s\n", strings.TrimSpace(err.Error()))
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		fmt.Fprintf(w, "hint: %s\n", h.Hint())
	}
}

// joined returns the errors that errors.Join put together. An error that wraps several in one text is one error: taken apart it would
// lose what its text says around them.
func joined(err error) []error {
	many, ok := err.(interface{ Unwrap() []error }) // only the outermost: what it wraps has a text around it
	if !ok {
		return nil
	}
	var texts []string
	for _, e := range many.Unwrap() {
		texts = append(texts, e.Error())
	}
	if err.Error() != strings.Join(texts, "\n") {
		return nil
	}
	return many.Unwrap()
}

// noArgs, someFiles and oneFile make a wrong number of arguments a usage error.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{err: fmt.Errorf("%s takes no argument, got %q", cmd.CommandPath(), args[0]), hint: cmd.CommandPath() + " --help"}
	}
	return nil
}

func someFiles(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{err: fmt.Errorf("%s: no file given", cmd.CommandPath()), hint: cmd.UseLine()}
	}
	return nil
}

func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return &usageError{err: fmt.Errorf("%s takes one file, got %d", cmd.CommandPath(), len(args)), hint: cmd.UseLine()}
	}
	return nil
}
