package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector/decode"
)

func newDecode() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "decode FILE...",
		Short: "Print the calls found in logs (- for standard input); store nothing",
		Long: `Prints the calls that it finds in logs, one JSON object a line, and on standard error what it skipped and why.
Nothing is stored or sent: it answers "what does it see in my log?".`,
		Args: someFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != "json" {
				return &usageError{err: fmt.Errorf("--output %q: decode prints json only", output)}
			}
			return decodeFiles(cmd, args)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "json", "output format: json")
	return cmd
}

// decodeFiles goes on after a file that can't be read, and fails in the end.
func decodeFiles(cmd *cobra.Command, names []string) error {
	out := bufio.NewWriter(cmd.OutOrStdout())
	var failed []error
	for _, name := range names {
		calls, sum, err := decodeFile(cmd.Context(), cmd.InOrStdin(), name)
		if err != nil {
			failed = append(failed, err)
			if sum.Lines == 0 { // nothing was read: a summary would tell of an empty file
				continue
			}
		}
		for i := range calls {
			if err := json.NewEncoder(out).Encode(&calls[i]); err != nil {
				return fmt.Errorf("print calls: %w", err)
			}
		}
		printSummary(cmd.ErrOrStderr(), name, len(calls), sum)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print calls: %w", err)
	}
	return errors.Join(failed...)
}

func decodeFile(ctx context.Context, stdin io.Reader, name string) ([]claude.Call, decode.Summary, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, decode.Summary{}, fmt.Errorf("decode: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	decoder, err := decode.New(decode.Options{Source: name})
	if err != nil {
		return nil, decode.Summary{}, err
	}
	var calls []claude.Call
	sum, err := decode.File(ctx, in, decoder, func(c []claude.Call) error {
		calls = append(calls, c...)
		return nil
	})
	if err != nil {
		err = fmt.Errorf("decode %s: %w", name, err)
	}
	return decode.Merge(calls), sum, err
}

// printSummary says what became of a file's lines.
func printSummary(w io.Writer, name string, calls int, sum decode.Summary) {
	fmt.Fprintf(w, "%s: %s, %s\n", printable(name), plural(sum.Lines, "line"), plural(int64(calls), "call"))
	for _, why := range slices.Sorted(maps.Keys(sum.Skipped)) {
		fmt.Fprintf(w, "  skipped %d: %s\n", sum.Skipped[why], why)
	}
	for _, why := range slices.Sorted(maps.Keys(sum.Rejected)) {
		fmt.Fprintf(w, "  rejected %d: %s: %s\n", sum.Rejected[why], why, printable(sum.Samples[why]))
	}
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
