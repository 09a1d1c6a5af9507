package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/store"
)

func TestIngestEveryForm(t *testing.T) {
	text := shopLog(500)
	for name, data := range map[string][]byte{
		"app.log": []byte(text), "app.log.gz": gzipOf(t, text), "members.gz": gzipOf(t, text[:20_001], text[20_001:]), "app.log.zst": zstdOf(t, text),
		"gzip without its name": gzipOf(t, text), "no last break": []byte(strings.TrimSuffix(text, "\n")),
	} {
		r := newIngestRig(t)
		path := saved(t, name, data)
		if out, want := r.must(t, "", path), path+": 1000 lines, 500 calls, 0 duplicates\n  skipped 500: not claude\n"; out != want {
			t.Errorf("%s: summary %q; want %q", name, out, want)
		}
		r.want(t, 500)
	}
}

func TestIngestAgainAddsNothing(t *testing.T) {
	text := shopLog(500)
	r := newIngestRig(t)
	plain := saved(t, "app.log", []byte(text))
	r.must(t, "", plain)
	for _, path := range []string{plain, saved(t, "renamed", []byte(text)), saved(t, "app.log.gz", gzipOf(t, text)), saved(t, "app.log.zst", zstdOf(t, text))} {
		if out, want := r.must(t, "", path), path+": 0 lines, 0 calls, 0 duplicates (read before)\n"; out != want {
			t.Errorf("summary %q; want %q", out, want)
		}
		r.want(t, 500)
	}
	two := newIngestRig(t)
	if out := two.must(t, "", plain, plain); !strings.HasSuffix(out, "total: 1000 lines, 500 calls, 0 duplicates\n  skipped 500: not claude\n") {
		t.Errorf("summary of one log named twice: %q; want its lines once in the total", out)
	}
}

func TestIngestOfAStreamAgainIsDuplicates(t *testing.T) {
	text := shopLog(300)
	r := newIngestRig(t)
	r.must(t, text, "-")
	if out, want := r.must(t, text, "-"), "-: 600 lines, 0 calls, 300 duplicates\n  skipped 300: not claude\n"; out != want {
		t.Errorf("summary %q; want %q", out, want)
	}
	r.must(t, "", saved(t, "app.log", []byte(text)))
	if got := r.stored(t); got.calls != 300 || got.input != 300*299/2 {
		t.Errorf("stored %+v; want each record once, with ids or without", got)
	}
}

func TestIngestGoesOnWhereALogGrew(t *testing.T) {
	text := shopLog(400)
	order := strings.Index(text, `{"level":"info","msg":"order 199`)
	for _, cut := range []int{strings.Index(text, `put_tokens":200,`), order, order - 1, len(text) - 1} {
		r := newIngestRig(t)
		path := saved(t, "app.log", []byte(text[:cut]))
		r.must(t, "", path)
		if out := r.must(t, "", path); !strings.HasSuffix(out, ": 0 lines, 0 calls, 0 duplicates (read before)\n") {
			t.Errorf("cut at %q: summary %q while nothing has come; want nothing read", text[cut-10:cut], out)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r.must(t, "", path)
		if got := r.stored(t); got.calls != 400 || got.input != 400*399/2 || got.positions != 1 {
			t.Errorf("cut at %q: stored %+v; want each record once, and one position", text[cut-10:cut], got)
		}
	}
}

func TestIngestIsHistory(t *testing.T) {
	line := fmt.Sprintf(`{"time":%q,"request_id":"req_011CZAY8xaaaaaaaaaaaaaaa","model":"claude-sonnet-5","status":200,"usage":{"input_tokens":3,"output_tokens":1}}`+"\n",
		time.Now().Add(-time.Minute).UTC().Format(time.RFC3339))
	undated := `{"request_id":"req_011CZAY8xaaaaaaaaaaaaaab","model":"claude-sonnet-5","status":200,"usage":{"input_tokens":3,"output_tokens":1}}` + "\n"
	r := newIngestRig(t)
	r.must(t, line+undated, "-")
	if got := r.stored(t); got.calls != 2 || got.tallies != 0 {
		t.Errorf("stored %+v; want both calls, and no counter moved by them", got)
	}
}

func TestIngestReadsTheOthersWhenOneFails(t *testing.T) {
	text := shopLog(2000)
	whole := gzipOf(t, text)
	spoiled := bytes.Clone(whole)
	spoiled[len(spoiled)/2] ^= 0x55
	dir := t.TempDir()
	for name, c := range map[string]struct{ path, want string }{
		"missing":   {dir + "/none.log", "no such file"},
		"directory": {dir, "is a directory"},
		"cut short": {saved(t, "cut.gz", whole[:len(whole)/2]), "the archive is damaged: cut short after line"},
		"spoiled":   {saved(t, "spoiled.gz", spoiled), "the archive is damaged"},
		"xz":        {saved(t, "app.log.xz", []byte("\xfd7zXZ\x00\x00")), "compressed with xz"},
	} {
		r := newIngestRig(t)
		other := saved(t, "other.log", []byte(shopLog(10)))
		out, errOut, code := r.run(t.Context(), "", c.path, other)
		if code != exitFailed || !strings.HasPrefix(errOut, "claudewatch: read log") || !strings.Contains(errOut, c.path) || !strings.Contains(errOut, c.want) {
			t.Errorf("%s: %d, %q; want 1 and an error that names the file and says %q", name, code, errOut, c.want)
		}
		if !strings.Contains(out, other+": 20 lines, 10 calls") && !strings.Contains(out, other+": 20 lines, 0 calls, 10 duplicates") {
			t.Errorf("%s: summary %q; want the other log's", name, out)
		}
	}
}

func TestIngestOfADamagedArchiveGoesOnInAWholeOne(t *testing.T) {
	text := shopLog(3000)
	whole := gzipOf(t, text)
	r := newIngestRig(t)
	_, _, code := r.run(t.Context(), "", saved(t, "app.log.gz", whole[:len(whole)*2/3]))
	before := r.stored(t)
	if code != exitFailed || before.calls < 1000 || before.calls > 2990 {
		t.Fatalf("of a cut archive: %d, %+v; want 1 and about two thirds stored", code, before)
	}
	out := r.must(t, "", saved(t, "again.gz", whole))
	if !strings.Contains(out, "were read before)") || !strings.Contains(out, "0 duplicates") {
		t.Errorf("summary of the whole archive %q; want it to go on without reading a call twice", out)
	}
	r.want(t, 3000)
}

func TestIngestRefusesALockedDatabase(t *testing.T) {
	r := newIngestRig(t)
	db, err := store.Open(t.Context(), store.Options{Path: r.db})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	out, errOut, code := r.run(t.Context(), "", saved(t, "app.log", []byte(shopLog(3))))
	if code != exitFailed || out != "" || !strings.Contains(errOut, "in use by another process") ||
		!strings.Contains(errOut, "hint: ") || !strings.Contains(errOut, "--tail") || !strings.Contains(errOut, "--db") {
		t.Errorf("ingest beside an agent = %d, %q, %q; want 1 and what to do", code, out, errOut)
	}
}

func TestIngestTakesTheSourceOfTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	path := dir + "/web.log.gz"
	line := `{"time":"2026-03-02T08:00:00Z","request_id":"req_011CZAY8xaaaaaaaaaaaaaaa","model":"claude-sonnet-5","status":200,"usage":{"input_tokens":3,"output_tokens":1}}` + "\n"
	if err := os.WriteFile(path, gzipOf(t, line), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := saved(t, "c.yaml", []byte("sources:\n  - {tail: "+dir+"/*.log, app: shop, workspace: production}\n"))
	for name, c := range map[string]struct {
		flags []string
		want  string
	}{
		"configured": {[]string{"--config", cfg}, "shop/production"},
		"flags win":  {[]string{"--config", cfg, "--app", "web"}, "web/production"},
		"neither":    {nil, "/"},
	} {
		r := newIngestRig(t)
		r.must(t, "", append(c.flags, path)...)
		if got := r.owner(t); got != c.want {
			t.Errorf("%s: the call is of %q; want %q", name, got, c.want)
		}
	}
}

func TestIngestUsage(t *testing.T) {
	if _, errOut, code := command(t, "ingest"); code != exitUsage || !strings.Contains(errOut, "no file given") {
		t.Errorf("ingest of nothing = %d, %q; want 2", code, errOut)
	}
	if out, _, code := command(t, "ingest", "--help"); code != exitDone || !strings.Contains(out, "goes on where it was") {
		t.Errorf("ingest --help = %d, %q", code, out)
	}
}
