package main

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/config"
)

// ordered replays logs with a small window and returns the changes as they are let go.
func ordered(t *testing.T, window int, files ...string) []claude.Change {
	t.Helper()
	o := replayOptions{names: files, source: func(*config.Config, string) config.Source { return config.Source{} }}
	logs, failed := openLogs(t.Context(), &config.Config{}, nil, o)
	defer closeLogs(logs)
	if len(failed) > 0 {
		t.Fatal(failed)
	}
	line := timeline{logs: logs, window: window, known: newSightings()}
	var all []claude.Change
	err := line.run(t.Context(), func(_ context.Context, ch claude.Change) error {
		all = append(all, ch)
		return nil
	}, func(*replayLog) {})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSmallWindowIsEnoughForLogsThatAreInOrder(t *testing.T) {
	lines := busyLog(busyStart)
	var odd, even []string
	for i, l := range lines {
		if i%2 == 0 {
			even = append(even, l)
		} else {
			odd = append(odd, l)
		}
	}
	far := strings.ReplaceAll(strings.ReplaceAll(odd[3], "2026-03-02T08", "2187-03-02T08"), "req_0110", "req_0119")
	for name, c := range map[string]struct {
		files []string
		wrong int
	}{
		"two in step":              {[]string{logOf(t, odd), logOf(t, even)}, 0},
		"one after the other":      {[]string{logOf(t, lines[150:]), logOf(t, lines[:150])}, 0},
		"a wrong date in one":      {[]string{logOf(t, append([]string{odd[0], far}, odd[1:]...)), logOf(t, even)}, 1},
		"a wrong date in both":     {[]string{logOf(t, append([]string{odd[0], far}, odd[1:]...)), logOf(t, append([]string{far}, even...))}, 1},
		"lines of one call nearby": {[]string{logOf(t, append([]string{lines[0], lines[0], lines[1], lines[0]}, lines[2:]...))}, 0},
	} {
		all := ordered(t, 4, c.files...)
		if len(all) != len(lines)+c.wrong {
			t.Errorf("%s: %d changes; want one for each of %d calls", name, len(all), len(lines)+c.wrong)
		}
		for i := 1; i < len(all); i++ {
			if all[i].After.Time.Before(all[i-1].After.Time) {
				t.Errorf("%s: change %d at %s comes after one at %s", name, i, all[i].After.Time, all[i-1].After.Time)
				break
			}
		}
	}
}

func TestLateSightingOnlyTellsTheDifference(t *testing.T) {
	lines := busyLog(busyStart)[:40]
	late := `{"time":"2026-03-02T08:00:09Z","request_id":"req_011000000000000000000000","model":"claude-sonnet-5","user":"u-1","usage":{"input_tokens":900,"output_tokens":70}}`
	all := ordered(t, 4, logOf(t, append(append([]string{}, lines...), late)))
	var news, more int
	for _, ch := range all {
		if ch.New {
			news++
			continue
		}
		more++
		before, after := ch.Before.Usage.OutputTokens.Or(0), ch.After.Usage.OutputTokens.Or(0)
		if before != 50 || after != 70 || ch.After.User != "u-1" || !ch.After.Time.Equal(busyStart) || !ch.Live {
			t.Errorf("change from %d to %d output tokens at %s; want from 50 to 70 of the first call", before, after, ch.After.Time.Format(time.RFC3339))
		}
	}
	if news != 40 || more != 1 {
		t.Errorf("%d new calls and %d that say more; want 40 and 1", news, more)
	}
}

// Judging runs behind reading, and sees the same changes in the same order; what it finds wrong ends both.
func TestReadAheadKeepsTheOrder(t *testing.T) {
	file := logOf(t, busyLog(busyStart))
	want := ordered(t, 10, file)
	if len(want) <= aheadCalls {
		t.Fatalf("%d changes: too few for more than one batch of %d", len(want), aheadCalls)
	}
	broken := errors.New("judged enough")
	for _, stop := range []int{0, 1, len(want) - 1} {
		logs, _ := openLogs(t.Context(), &config.Config{}, nil, replayOptions{
			names: []string{file}, source: func(*config.Config, string) config.Source { return config.Source{} },
		})
		var got []claude.Change
		err := readAhead(t.Context(), &timeline{logs: logs, window: 10, known: newSightings()}, func(_ context.Context, ch claude.Change) error {
			if got = append(got, ch); len(got) == stop {
				return broken
			}
			return nil
		}, func(*replayLog) {})
		closeLogs(logs)
		if diff := gocmp.Diff(ids(want[:cmp.Or(stop, len(want))]), ids(got)); diff != "" || errors.Is(err, broken) != (stop > 0) {
			t.Errorf("stopped at %d: readAhead() = %v with changes (-want +got):\n%s", stop, err, diff)
		}
	}
}

func ids(changes []claude.Change) []string {
	var all []string
	for i := range changes {
		all = append(all, changes[i].After.RequestID+" "+changes[i].After.Time.String())
	}
	return all
}
