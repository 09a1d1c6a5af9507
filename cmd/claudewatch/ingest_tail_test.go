package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// tailed runs an agent on the rig's database until it has taken so many calls from a log, the last of which it adds to it.
func (r ingestRig) tailed(t *testing.T, path string, calls int) {
	t.Helper()
	t.Setenv("CLAUDEWATCH_DATABASE_RETENTION_CALLS", "36500d") // the log is of the past
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // the write tells
	a := startAgent(t, nil, "--db", r.db, "--tail", path)
	_, err = fmt.Fprintf(f, `{"time":%q,"request_id":"req_012CZAY8xaaaaaaaaaaaaaaa","model":"claude-haiku-4-5","app":"shop","status":200,"usage":{"input_tokens":0,"output_tokens":5}}`+"\n",
		time.Now().UTC().Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	a.metricsWith(t, fmt.Sprintf("claudewatch_calls_ingested_total{source=%q} %d", path, calls))
	if code := a.stop(); code != exitDone {
		t.Fatalf("the agent ended with %d", code)
	}
}

func TestFollowingALogGoesOnBehindWhatWasIngested(t *testing.T) {
	text := shopLog(200)
	for _, data := range []string{text, text + `{"time":"2026-03-02T09:`} {
		r := newIngestRig(t)
		path := saved(t, "app.log", []byte(data))
		r.must(t, "", path)
		before := r.stored(t).lines
		if data != text { // whoever wrote the log comes to the end of the line
			if err := os.WriteFile(path, []byte(data+"00:00Z\"}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r.tailed(t, path, 1)
		got := r.stored(t)
		if more := got.lines - before; got.calls != 201 || more > 2 {
			t.Errorf("%+v stored, %d lines of them by the agent; want no line read again, with ids or without", got, more)
		}
	}
}

func TestIngestOfALogThatWasFollowedAddsNothing(t *testing.T) {
	var named []string // the records that have an id
	for line := range strings.Lines(shopLog(200)) {
		if strings.Contains(line, "req_") {
			named = append(named, line)
		}
	}
	r := newIngestRig(t)
	path := saved(t, "app.log", []byte(strings.Join(named, "")))
	r.tailed(t, path, 161)
	if out := r.must(t, "", path); !strings.Contains(out, ": 161 lines, 0 calls, 161 duplicates\n") {
		t.Errorf("summary %q; want every call to be known", out)
	}
	if got := r.stored(t); got.calls != 161 {
		t.Errorf("stored %+v; want each call once", got)
	}
}
