package simulate

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// sample is the state of the world at one second of the story.
type sample struct {
	fill    float64 // of sonnet-5's input tokens
	refused int64   // 429s so far
	calls   int64
}

// playDemo runs a demo for a time of its own clock, in an instant, and returns one sample per second, and the end.
//
// atEnd, if not nil, is called before the demo is told to end: calls under way end in any order.
func playDemo(t *testing.T, o Options, length time.Duration, atEnd func()) ([]sample, Truth) {
	t.Helper()
	var samples []sample
	var truth Truth
	synctest.Test(t, func(t *testing.T) {
		l := newMemListener()
		o.Listener, o.Dial = l, l.dial
		d, err := NewDemo(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for range int(length / time.Second) {
			<-tick.C
			now := d.API().Truth()
			samples = append(samples, sample{now.Bucket("sonnet-5", claude.LimiterInputTokens).Fill, now.All.Status[429], now.All.Calls()})
		}
		if atEnd != nil {
			atEnd()
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
		truth = d.API().Truth()
	})
	return samples, truth
}

func TestStoryline(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { checkStoryline(t, seed) })
	}
}

func checkStoryline(t *testing.T, seed uint64) {
	t.Helper()
	var told []string
	s, truth := playDemo(t, Options{Dir: t.TempDir(), Seed: seed, Tell: func(l string) { told = append(told, l) }}, 125*time.Second, nil)
	at := func(second int) sample { return s[second-1] }
	if got := at(19); got.fill > 0.5 || got.refused > 0 {
		t.Errorf("normal load: fill %.2f, %d refused; want below 0.5, none", got.fill, got.refused)
	}
	over := slices.IndexFunc(s, func(x sample) bool { return x.fill > 0.8 })
	if over < 20 || over > 35 {
		t.Errorf("fill passes 80 %% at second %d; want 20 to 35", over+1)
	}
	if got := at(39); got.fill < 0.75 || got.refused > 3 {
		t.Errorf("batch: fill %.2f, %d refused; want above 0.75, hardly any", got.fill, got.refused)
	}
	if got := at(60).refused - at(40).refused; got < 30 {
		t.Errorf("storm: %d refused; want at least 30", got)
	}
	if got := at(120).refused - at(70).refused; got > 0 {
		t.Errorf("quiet: %d refused; want 0", got)
	}
	// Alerts resolve below 0.7 after a hold of 15 s: from here there is time to spare before second 120.
	for second := 90; second <= 120; second++ {
		if got := at(second).fill; got > 0.65 {
			t.Errorf("quiet: fill %.2f at second %d; want below 0.65", got, second)
		}
	}
	for second := 10; second <= 120; second++ {
		if got := at(second).calls - at(second-9).calls; got > 9*20 {
			t.Errorf("%d calls in 9 s before second %d; want at most 20 a second", got, second)
		}
	}
	if want := []string{normal.tell, batch.tell, storm.tell, quiet.tell, normal.tell}; !slices.Equal(told, want) {
		t.Errorf("told %q; want %q", told, want)
	}
	t.Logf("fill at 19 s %.2f, 39 s %.2f, 60 s %.2f, 90 s %.2f, 120 s %.2f; 429s %d; books %v", at(19).fill, at(39).fill, at(60).fill,
		at(90).fill, at(120).fill, truth.All.Status[429], truth.All)
	if truth.ByKey["importer"].Calls() == 0 || truth.ByKey["claude-code"].Calls() == 0 || truth.ByKey["support"].Calls() == 0 {
		t.Errorf("books by app = %v; want all four", truth.ByKey)
	}
}

func TestNormalLoadIsAboutHalf(t *testing.T) {
	s, truth := playDemo(t, Options{Dir: t.TempDir(), Seed: 5}, 19*time.Second, nil)
	used := truth.ByModel["claude-sonnet-5"].Tokens.Counted(claude.LimiterInputTokens, "sonnet-5")
	load := float64(used) / (float64(demoLimits["sonnet-5"].InputTokens) * float64(len(s)) / 60)
	if load < 0.3 || load > 0.65 {
		t.Errorf("load of sonnet-5's input = %.2f; want around 0.5", load)
	}
}

// TestLogsAgreeWithTheBooks reads everything that the apps wrote: not a call more or less than the API answered.
func TestLogsAgreeWithTheBooks(t *testing.T) {
	dir := t.TempDir()
	_, truth := playDemo(t, Options{Dir: dir, Seed: 2, RotateBytes: 250_000}, 70*time.Second, nil)

	ids := map[string][]string{} // request id by app
	for app, pattern := range map[string]string{
		"checkout": `"request-id":"(req_\w+)"`, "importer": `\\"request-id\\":\\"(req_\w+)\\"`, "support": `DEBUG\] request_id: (req_\w+)`,
		"claude-code": `"requestId":"(req_\w+)"`,
	} {
		ids[app] = requestIDs(t, filepath.Join(dir, app), regexp.MustCompile(pattern))
	}
	for app, got := range ids {
		want := truth.ByKey[app].Calls()
		if int64(len(got)) != want {
			t.Errorf("%s logged %d calls; the API answered %d", app, len(got), want)
		}
	}
	rotated, err := filepath.Glob(filepath.Join(dir, "checkout", "app.log.*"))
	if err != nil || len(rotated) == 0 {
		t.Errorf("rotated files = %v, %v; want some", rotated, err)
	}
}

// requestIDs returns the distinct request ids in all files below a folder.
func requestIDs(t *testing.T, dir string, re *regexp.Regexp) []string {
	t.Helper()
	ids := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, m := range re.FindAllSubmatch(data, -1) {
			ids[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(ids))
}

func TestSameSeedSameLogs(t *testing.T) {
	logs := func(seed uint64) (all map[string]string) {
		dir := t.TempDir()
		playDemo(t, Options{Dir: dir, Seed: seed}, 30*time.Second, func() { all = files(t, dir) })
		return all
	}
	a, b, c := logs(3), logs(3), logs(4)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("two runs of one seed differ:\n%.2000s", diff)
	}
	if cmp.Equal(a, c) {
		t.Error("two seeds give the same logs; want different ones")
	}
}

func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all[rel] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDemoOnARealPortAndGlobs(t *testing.T) {
	dir := t.TempDir()
	told := make(chan string, 100)
	d, err := NewDemo(Options{Dir: dir, Speed: 60, Seed: 9, Tell: func(l string) { told <- l }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	for range 2 {
		select {
		case <-told:
		case err := <-done:
			t.Fatalf("Run ended early: %v", err)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatalf("Run = %v; want nil", err)
	}
	for _, g := range d.Globs() {
		found, err := filepath.Glob(g)
		if err != nil || len(found) == 0 {
			t.Errorf("Glob(%s) = %v, %v; want a log", g, found, err)
		}
	}
	if c, err := net.Dial("tcp", strings.TrimPrefix(d.URL(), "http://")); err == nil {
		_ = c.Close()
		t.Errorf("the API still listens at %s", d.URL())
	}
	checkPino(t, filepath.Join(dir, "checkout", "app.log"))
}

func checkPino(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	for s := bufio.NewScanner(f); s.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(s.Bytes(), &line); err != nil || line["app"] != "checkout" {
			t.Fatalf("line %s: %v; want JSON of checkout", s.Text(), err)
		}
	}
}

func TestNewDemoRefusesNonsense(t *testing.T) {
	for name, o := range map[string]Options{
		"no folder": {}, "speed": {Dir: t.TempDir(), Speed: -1}, "rotation": {Dir: t.TempDir(), RotateBytes: -1},
		"folder is a file": {Dir: os.Args[0]},
	} {
		if d, err := NewDemo(o); err == nil {
			_ = d.Close()
			t.Errorf("NewDemo(%s) = nil error; want one", name)
		}
	}
}
