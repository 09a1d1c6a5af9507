package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/store"
)

// shopLog is a log of n records, every fifth without any id, with a line of the application's own behind each.
func shopLog(n int) string {
	var b strings.Builder
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for i := range n {
		id := ""
		if i%5 != 0 {
			id = fmt.Sprintf(`"request_id":"req_011%021d",`, i)
		}
		fmt.Fprintf(&b, `{"time":%q,%s"provider":"anthropic","app":"shop","user":"u-%d","model":"claude-sonnet-5","status":200,"usage":{"input_tokens":%d,"output_tokens":7}}`+"\n",
			at.Add(time.Duration(i)*time.Second).Format(time.RFC3339), id, i, i)
		fmt.Fprintf(&b, `{"level":"info","msg":"order %d placed"}`+"\n", i)
	}
	return b.String()
}

func saved(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipOf(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, p := range parts {
		w := gzip.NewWriter(&b)
		_, err := io.WriteString(w, p)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func zstdOf(t *testing.T, text string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll([]byte(text), nil)
}

// ingestRig runs ingest on a database of its own.
type ingestRig struct{ db string }

func newIngestRig(t *testing.T) ingestRig {
	t.Helper()
	return ingestRig{filepath.Join(t.TempDir(), "test.db")}
}

func (r ingestRig) run(ctx context.Context, stdin string, files ...string) (stdout, stderr string, code int) {
	var out, errOut bytes.Buffer
	code = run(ctx, append([]string{"ingest", "--db", r.db}, files...), streams{strings.NewReader(stdin), &out, &errOut})
	return out.String(), errOut.String(), code
}

// must runs ingest and wants it to do all.
func (r ingestRig) must(t *testing.T, stdin string, files ...string) string {
	t.Helper()
	out, errOut, code := r.run(t.Context(), stdin, files...)
	if code != exitDone || errOut != "" {
		t.Fatalf("ingest %v = %d, %q on standard error; want 0 and nothing", files, code, errOut)
	}
	return out
}

// stored is what the database holds.
type stored struct {
	calls, lines, input int64
	tallies, positions  int
}

func (r ingestRig) stored(t *testing.T) stored {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: r.db, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read
	var s stored
	err = db.Recent(t.Context(), time.Unix(0, 0), func(c claude.Call) error {
		s.calls++
		s.input += c.Usage.InputTokens.Or(0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	counts, err := db.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		if c.Kind == collector.CountLines {
			s.lines += c.N
		}
	}
	tallies, err := db.Tallies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	positions, err := db.Positions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.tallies, s.positions = len(tallies), len(positions)
	return s
}

// want checks that every record of shopLog(n) is stored once, and every line was counted once.
func (r ingestRig) want(t *testing.T, n int64) {
	t.Helper()
	if got, want := r.stored(t), (stored{calls: n, lines: 2 * n, input: n * (n - 1) / 2, positions: 1}); got != want {
		t.Errorf("stored %+v; want %+v", got, want)
	}
}

// fuse is a context that ends when it has been asked so many times.
type fuse struct {
	context.Context
	left atomic.Int64
	burn func()
}

func newFuse(ctx context.Context, asked int64) *fuse {
	ctx, cancel := context.WithCancel(ctx)
	f := &fuse{Context: ctx, burn: cancel}
	f.left.Store(asked)
	return f
}

func (f *fuse) Err() error {
	if f.left.Add(-1) == 0 {
		f.burn()
	}
	return f.Context.Err()
}
