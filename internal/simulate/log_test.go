package simulate

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// oneStory has an app of one shape live through an answer, a refusal that passes after a retry, and one for good.
func oneStory(t *testing.T, o AppOptions) {
	t.Helper()
	api, clock, url := newTestAPI(t, Limits{600, 100_000, 20_000})
	o.Name, o.URL, o.Key, o.Models, o.Users, o.Seed = "shop", url, "k", []string{"claude-haiku-4-5"}, []string{"u-01"}, 11
	o.Clock, o.HTTP = clock, &http.Client{Transport: &http.Transport{}}
	app, err := NewApp(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, spell := range []float64{0, 0.6, 1} {
		api.SetOverload(spell)
		for range 2 {
			if err := app.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	api.SetOverload(0)
	for range 12 { // until the input runs out
		if err := app.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Close(); err != nil {
		t.Fatal(err)
	}
	if n := api.Truth().All.Status; n[429] == 0 || n[529] == 0 {
		t.Fatalf("answers by status = %v; want 429 and 529 among them", n)
	}
}

func TestLogShapes(t *testing.T) {
	heavy := Mix(Batch)
	for name, newLog := range map[string]func(dir string) (Log, error){
		"pino":       func(dir string) (Log, error) { return NewPinoLog(filepath.Join(dir, "app.log"), 0, 0) },
		"docker":     func(dir string) (Log, error) { return NewDockerLog(filepath.Join(dir, "app.log"), 0, 0) },
		"python":     func(dir string) (Log, error) { return NewPythonLog(filepath.Join(dir, "app.log"), 0, 0) },
		"transcript": func(dir string) (Log, error) { return NewTranscript(dir, 100, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			log, err := newLog(dir)
			if err != nil {
				t.Fatal(err)
			}
			oneStory(t, AppOptions{Mix: heavy, Log: log})
			got := ""
			for _, text := range files(t, dir) {
				got += text
			}
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("log (-want +got):\n%.3000s", diff)
			}
			checkSecrets(t, name, got)
		})
	}
}

// checkSecrets sees to it that text stands only where real logs hold it, and keys nowhere.
func checkSecrets(t *testing.T, name, text string) {
	t.Helper()
	if strings.Contains(strings.ToLower(text), "x-api-key") {
		t.Errorf("%s shows the request's key", name)
	}
	if got, want := strings.Contains(text, Canary), name != "pino"; got != want {
		t.Errorf("%s holds text: %v; want %v", name, got, want)
	}
}

func TestRotationKeepsEveryLine(t *testing.T) {
	dir := t.TempDir()
	f, err := newLogFile(filepath.Join(dir, "app.log"), 100, 9)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 30 {
		line := strings.Repeat(string(rune('a'+i%26)), 20)
		want = append(want, line)
		if err := f.write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	all := files(t, dir)
	for i := 9; i >= 0; i-- {
		name := "app.log"
		if i > 0 {
			name += "." + string(rune('0'+i))
		}
		got = append(got, strings.Fields(all[name])...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("lines = %d in %d files; want %d in order", len(got), len(all), len(want))
	}
	if err := f.write([]byte("late\n")); err == nil {
		t.Error("write after close = nil; want an error")
	}
}

func TestTranscriptBeginsSessionsAndRemovesOldOnes(t *testing.T) {
	dir := t.TempDir()
	log, err := NewTranscript(dir, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	x := &Exchange{Status: 529, Header: http.Header{}, Began: noon, Ended: noon}
	for range 20 {
		if err := log.Record(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if got := len(files(t, dir)); got != oldSessions {
		t.Errorf("sessions on disk = %d; want %d", got, oldSessions)
	}
}
