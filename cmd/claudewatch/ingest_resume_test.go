package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/store"
)

// owner returns app/workspace of the only call.
func (r ingestRig) owner(t *testing.T) string {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: r.db, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read
	owner := ""
	err = db.Recent(t.Context(), time.Unix(0, 0), func(c claude.Call) error {
		owner += c.App + "/" + c.Workspace
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return owner
}

const resumed = 6000 // records: several batches

func TestIngestGoesOnAfterCtrlC(t *testing.T) {
	text := shopLog(resumed)
	for form, data := range map[string][]byte{"plain": []byte(text), "gzip": gzipOf(t, text), "zstd": zstdOf(t, text)} {
		r := newIngestRig(t)
		path := saved(t, form, data)
		var last int64
		broken := 0
		for _, after := range []int64{40, 2500, 2900, 4100, 5000} { // lines of each run, the program's other questions included
			_, errOut, code := r.run(newFuse(t.Context(), after), "", path)
			if code == exitDone {
				break
			}
			if !strings.Contains(errOut, "interrupted") || !strings.Contains(errOut, "hint: run the same command again") {
				t.Fatalf("%s: a run that was broken off = %d, %q; want it to say how to go on", form, code, errOut)
			}
			broken++
			if after < 1000 { // before the database was made, or its first batch
				continue
			}
			now := r.stored(t)
			if now.calls < last || now.lines < 2*now.calls-1 {
				t.Errorf("%s: %+v stored after a run that went on from %d calls; want more, and every line counted", form, now, last)
			}
			last = now.calls
		}
		if broken < 4 || last == 0 || last == resumed {
			t.Errorf("%s: broken off %d times with %d calls stored; want several times in the middle", form, broken, last)
		}
		r.must(t, "", path)
		r.want(t, resumed)
	}
}

const killed = "CLAUDEWATCH_TEST_KILLED_AFTER" // lines; set only for the process that a test kills

func TestIngestGoesOnAfterKill(t *testing.T) {
	r := newIngestRig(t)
	const records = 20_000 // reading is a few parcels ahead of storing, not more
	path := saved(t, "app.log.gz", gzipOf(t, shopLog(records)))
	for _, after := range []int{12_000, 15_000} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledIngest$", "--", r.db, path)
		cmd.Env = append(os.Environ(), killed+"="+strconv.Itoa(after))
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the process ended with %v, not by SIGKILL:\n%s", err, out)
		}
		if now := r.stored(t); now.calls == 0 || now.calls == records {
			t.Errorf("%d calls stored after the kill; want it to have come in the middle", now.calls)
		}
	}
	r.must(t, "", path)
	r.want(t, records)
}

// TestKilledIngest is the process that TestIngestGoesOnAfterKill starts and that kills itself in the middle of a log. Otherwise it
// only checks that nothing kills the tests themselves.
func TestKilledIngest(t *testing.T) {
	after, err := strconv.ParseInt(os.Getenv(killed), 10, 64)
	if err != nil {
		if os.Getenv(killed) != "" {
			t.Fatal(err)
		}
		return
	}
	f := &fuse{Context: context.WithoutCancel(t.Context()), burn: func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }}
	f.left.Store(after)
	var out, errOut bytes.Buffer
	args := os.Args[len(os.Args)-2:]
	code := run(f, []string{"ingest", "--db", args[0], args[1]}, streams{nil, &out, &errOut})
	t.Fatalf("not killed: %d, %s, %s", code, &out, &errOut)
}

// inPieces is a log of n records as a container's runtime writes it that cuts each into three, none of which is a record by itself.
func inPieces(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("starting\n") // so that batches do not end where records do
	for line := range strings.Lines(shopLog(n)) {
		if !strings.Contains(line, "usage") {
			continue
		}
		first := strings.Index(line, "put_tokens")
		second := first + len("put_")
		for _, piece := range []string{line[:first], line[first:second], line[second:]} {
			err := json.NewEncoder(&b).Encode(struct {
				Log    string `json:"log"`
				Stream string `json:"stream"`
				Time   string `json:"time"`
			}{piece, "stdout", "2026-03-02T08:00:00Z"})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.String()
}

func TestIngestGoesOnInARecordOfSeveralLines(t *testing.T) {
	const records = 3000
	r := newIngestRig(t)
	path := saved(t, "app.log", []byte(inPieces(t, records)))
	for _, after := range []int64{4000, 3000} {
		if _, _, code := r.run(newFuse(t.Context(), after), "", path); code != exitFailed {
			t.Fatalf("run of %d lines = %d; want it broken off", after, code)
		}
		if now := r.stored(t); now.calls == 0 || now.calls == records || now.positions != 1 {
			t.Errorf("%+v stored; want it to end in the middle, with a position", now)
		}
	}
	r.must(t, "", path)
	if got, want := r.stored(t), (stored{calls: records, lines: 3*records + 1, input: records * (records - 1) / 2, positions: 1}); got != want {
		t.Errorf("stored %+v; want %+v", got, want)
	}
}

// debugLog is what an SDK logs of n calls, two lines each, behind a line of its own: so every even line ends inside a record.
func debugLog(n int) string {
	var b strings.Builder
	b.WriteString("starting\n")
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for i := range n {
		stamp := at.Add(time.Duration(5*i) * time.Second)
		fmt.Fprintf(&b, "[%s - httpx:1025 - INFO] HTTP Request: POST https://api.anthropic.com/v1/messages \"HTTP/1.1 200 OK\"\n", stamp.Format(time.DateTime))
		fmt.Fprintf(&b, "[%s - anthropic._base_client:1311 - DEBUG] HTTP Response: POST https://api.anthropic.com/v1/messages \"200 OK\" "+
			"Headers({'date': '%s', 'request-id': 'req_011%021d', 'anthropic-ratelimit-requests-limit': '5000'})\n",
			stamp.Format(time.DateTime), stamp.Format("Mon, 02 Jan 2006 15:04:05 GMT"), i)
	}
	return b.String()
}

func TestIngestKeepsARecordTogetherThatABreakCutsInTwo(t *testing.T) {
	const records = 3000
	r := newIngestRig(t)
	path := saved(t, "app.log", []byte(debugLog(records)))
	if _, _, code := r.run(newFuse(t.Context(), 4000), "", path); code != exitFailed {
		t.Fatalf("run of 4000 lines = %d; want it broken off", code)
	}
	before := r.stored(t)
	if before.calls == 0 || before.calls == records || before.lines != 2*before.calls+2 {
		t.Fatalf("%+v stored; want it to end in the middle of a record", before)
	}
	r.must(t, "", path)
	if got, want := r.stored(t), (stored{calls: records, lines: 2*records + 1, positions: 1}); got != want {
		t.Errorf("stored %+v; want %+v", got, want)
	}
}
