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
	"strings"

	"github.com/spf13/cobra"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector/decode"
	"github.com/claudewatch/claudewatch/internal/config"
)

// decodeFlags say what to print of logs, and what the logs don't say.
type decodeFlags struct {
	finishedFlags
	output  string
	explain bool
	fields  []string
}

func newDecode() *cobra.Command {
	var flags decodeFlags
	cmd := &cobra.Command{
		Use:   "decode FILE...",
		Short: "Print the calls found in logs (- for standard input); store nothing",
		Long: `Prints the calls that it finds in logs, one JSON object a line, and on standard error what it skipped and why.
Nothing is stored or sent: it answers "what does it see in my log?".

With --explain it says of each call where every value came from: the line, and the key, header or words that gave it; and of the
lines that gave no call, why. With --field you can try where your log keeps what it names its own way, before you configure it.`,
		Example: `  claudewatch decode app.log
  claudewatch decode --explain app.log
  claudewatch decode --explain --field user=ctx.tenant.id --field app=service app.log`,
		Args: someFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("output") && flags.explain {
				flags.output = "text"
			}
			switch {
			case flags.output != "json" && !flags.explain:
				return &usageError{err: fmt.Errorf("--output %q: decode prints json only", flags.output)}
			case flags.output != "json" && flags.output != "text":
				return &usageError{err: fmt.Errorf("--output %q: decode --explain prints text or json", flags.output)}
			}
			return decodeFiles(cmd, &flags, args)
		},
	}
	flags.addFile(cmd)
	cmd.Flags().StringVarP(&flags.output, "output", "o", "json", "output format: json; with --explain text (the default there) or json")
	cmd.Flags().BoolVar(&flags.explain, "explain", false, "say where each value came from, and why the other lines gave no call")
	cmd.Flags().StringArrayVar(&flags.fields, "field", nil, "where the log keeps a field, as in user=ctx.tenant.id; fields are "+strings.Join(decode.Fields(), ", "))
	return cmd
}

// options are what the flags and the configuration say of a file.
func (f *decodeFlags) options(cfg *config.Config, name string) (decode.Options, error) {
	src := f.source(cfg, name)
	fields := maps.Clone(src.Fields)
	for _, pair := range f.fields {
		field, path, ok := strings.Cut(pair, "=")
		if !ok {
			return decode.Options{}, &usageError{err: fmt.Errorf("--field %q: want field=path, as in user=ctx.tenant.id", pair)}
		}
		if fields == nil {
			fields = map[string]string{}
		}
		fields[field] = path
	}
	o, err := decoderOptions(&src, name)
	if err != nil {
		return o, err
	}
	o.Fields, o.Explain = fields, f.explain
	if _, err := decode.New(o); err != nil {
		return o, &usageError{err: err}
	}
	return o, nil
}

// decodeFiles goes on after a file that can't be read, and fails in the end.
func decodeFiles(cmd *cobra.Command, flags *decodeFlags, names []string) error {
	cfg := &config.Config{}
	if flags.file != "" {
		var err error
		if cfg, err = flags.config(); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	var failed []error
	for _, name := range names {
		o, err := flags.options(cfg, name)
		if err != nil {
			return err
		}
		fates := newFates(&o, flags.explain)
		calls, sum, err := decodeFile(cmd.Context(), cmd.InOrStdin(), o)
		if err != nil {
			failed = append(failed, err)
			if sum.Lines == 0 { // nothing was read: a summary would tell of an empty file
				continue
			}
		}
		if err := flags.print(out, name, calls, fates); err != nil {
			return fmt.Errorf("print calls: %w", err)
		}
		if flags.output == "json" {
			printSummary(cmd.ErrOrStderr(), name, len(calls), sum)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print calls: %w", err)
	}
	return errors.Join(failed...)
}

// print prints what was found in a file.
func (f *decodeFlags) print(w io.Writer, name string, calls []claude.Call, fates *fates) error {
	switch {
	case !f.explain:
		for i := range calls {
			if err := json.NewEncoder(w).Encode(&calls[i]); err != nil {
				return err
			}
		}
		return nil
	case f.output == "json":
		return explainJSON(w, explained(calls, fates), fates)
	default:
		return explainText(w, name, explained(calls, fates), fates)
	}
}

func decodeFile(ctx context.Context, stdin io.Reader, o decode.Options) ([]claude.Call, decode.Summary, error) {
	in := stdin
	if o.Source != "-" {
		f, err := os.Open(o.Source)
		if err != nil {
			return nil, decode.Summary{}, fmt.Errorf("decode: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	decoder, err := decode.New(o)
	if err != nil {
		return nil, decode.Summary{}, err
	}
	var calls []claude.Call
	sum, err := decode.File(ctx, in, decoder, func(c []claude.Call) error {
		calls = append(calls, c...)
		return nil
	})
	if err != nil {
		err = fmt.Errorf("decode %s: %w", o.Source, err)
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
