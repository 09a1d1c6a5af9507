package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

var rss = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// An agent that has nothing to do yet must not weigh on the machine that it watches.
func TestIdleAgentIsSmall(t *testing.T) {
	a := start(t, nil, "--db", filepath.Join(t.TempDir(), "cw.db"))
	if _, err := get(a.url + "/metrics"); err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	m := rss.FindSubmatch(status)
	if m == nil {
		t.Fatalf("no resident size in %s", status)
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("resident: %d kB", kb)
	if kb > 40<<10 {
		t.Errorf("resident size of an idle agent = %d kB; want at most 40 MB", kb)
	}
}
