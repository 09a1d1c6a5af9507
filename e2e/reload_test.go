package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Fifty times SIGHUP to the built program while a log is written and rotated: it goes on, and every call is stored once, also over the
// restart that follows.
func TestReloadsUnderLoad(t *testing.T) {
	dir := t.TempDir()
	file, log := filepath.Join(dir, "claudewatch.yml"), filepath.Join(dir, "app.log")
	configs := []string{
		"sources: [{tail: DIR/app.log*}]\n",
		"sources: [{tail: DIR/app.log*, app: shop}, {tail: DIR/other.log}]\nmetrics: {users: [u]}\n",
		"sources: [\n",
		"sources: []\nalerts: {overloaded_spike: {enabled: false}}\n",
	}
	configure := func(i int) {
		text := strings.ReplaceAll(configs[i%len(configs)], "DIR", dir)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure(0)
	args := []string{"--config", file, "--db", filepath.Join(dir, "test.db")}
	a := start(t, nil, args...)
	const calls = 5000
	var writer sync.WaitGroup
	writer.Go(func() { writeRotating(t, log, calls) })
	for i := range 50 {
		configure(i + 1)
		if err := a.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the reload", func() error {
			text := a.log.String()
			if n := strings.Count(text, "configuration reloaded") + strings.Count(text, "configuration not reloaded"); n <= i {
				return fmt.Errorf("%d reloads; want %d", n, i+1)
			}
			return nil
		})
	}
	writer.Wait()
	configure(0)
	a.stop(t)
	b := start(t, nil, args...)
	eventually(t, "the last call", func() error {
		text, err := get(b.url + "/metrics")
		if err != nil {
			return err
		}
		if n, _ := metric(text, "claudewatch_calls_ingested_total"); n != calls {
			return fmt.Errorf("%v calls are stored; want %d", n, calls)
		}
		return nil
	})
	text, err := get(b.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := metric(text, "claudewatch_calls_duplicate_total"); n != 0 {
		t.Errorf("%v calls were read twice; want none", n)
	}
}

// writeRotating appends calls to a log and renames it now and then.
func writeRotating(t *testing.T, path string, calls int) {
	for i := range calls {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(callLine(fmt.Sprintf("req_%d", i)))
			_ = f.Close()
		}
		if err == nil && i%500 == 499 {
			err = os.Rename(path, fmt.Sprintf("%s.%d", path, i/500))
		}
		if err != nil {
			t.Error(err)
			return
		}
	}
}
