// Command now writes a log as if it had ended just now: every time in it is moved by the same span. It makes the sample log, which
// is of a past afternoon, one that the agent takes for live.
//
// Usage: go run ./examples/now examples/app.log | claudewatch serve --tail -
package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:], time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "now:", err)
		os.Exit(1)
	}
}

func run(args []string, now time.Time) error {
	if len(args) != 1 {
		return errors.New("name one log file")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(shift(text, now))
	return err
}

// clock matches the log's own times, in milliseconds since the epoch; stamp the times of the API's headers.
var (
	clock = regexp.MustCompile(`"time":(\d{13})\b`)
	stamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`)
)

// shift moves all times of a log by whole seconds, so that its last line is of now.
func shift(text []byte, now time.Time) []byte {
	var last int64
	for _, m := range clock.FindAllSubmatch(text, -1) {
		last = max(last, millis(m[1]))
	}
	by := now.Sub(time.UnixMilli(last)).Truncate(time.Second)
	text = clock.ReplaceAllFunc(text, func(m []byte) []byte {
		at := millis(m[len(`"time":`):]) + by.Milliseconds()
		return strconv.AppendInt([]byte(`"time":`), at, 10)
	})
	return stamp.ReplaceAllFunc(text, func(m []byte) []byte {
		for _, layout := range []string{time.RFC3339, "Mon, 02 Jan 2006 15:04:05 GMT"} {
			if at, err := time.Parse(layout, string(m)); err == nil && at.Unix() > 0 { // 1970 stands for an idle bucket
				return []byte(at.Add(by).UTC().Format(layout))
			}
		}
		return m
	})
}

func millis(digits []byte) int64 {
	n, _ := strconv.ParseInt(string(digits), 10, 64) // the expression matches digits only
	return n
}
