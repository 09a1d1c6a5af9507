package measure

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Agent is a running claudewatch. Launch starts it; Stop ends it.
type Agent struct {
	PID int
	URL string

	cmd *exec.Cmd
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// Launch starts the agent on a free port and returns once it has said where it listens.
func Launch(ctx context.Context, binary string, args ...string) (*Agent, error) {
	cmd := exec.CommandContext(ctx, binary, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	buf := make([]byte, 64<<10)
	for text := ""; ; {
		n, err := out.Read(buf)
		text += string(buf[:n])
		if url := address.FindString(text); url != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return &Agent{cmd.Process.Pid, url, cmd}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the agent ended without an address: %w", err)
		}
	}
}

// Stop ends the agent and waits for it.
func (a *Agent) Stop() error {
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return a.cmd.Wait()
}

// Kill kills the agent as kill -9 does.
func (a *Agent) Kill() error {
	if err := a.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = a.cmd.Wait() // says that it was killed
	return nil
}

// Metrics returns the agent's exposition.
func (a *Agent) Metrics(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL+"/metrics", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// Follow waits until the agent has stored so many lines, and returns its last metrics and what it cost since it was launched at begin.
// It looks every so often: a scrape costs the agent something too.
func (a *Agent) Follow(ctx context.Context, lines int64, begin time.Time, every time.Duration) (string, Cost, error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		text, err := a.Metrics(ctx)
		if err != nil {
			return "", Cost{}, err
		}
		if int64(Sum(text, "claudewatch_lines_total")) >= lines {
			cost, err := a.cost(begin)
			return text, cost, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return "", Cost{}, ctx.Err()
		}
	}
}

func (a *Agent) cost(begin time.Time) (Cost, error) {
	c := Cost{Wall: time.Since(begin)}
	m, err := MemoryOf(a.PID)
	if err != nil {
		return c, err
	}
	c.Peak = m.Peak
	c.CPU, err = CPU(a.PID)
	return c, err
}

// Sum adds up a metric's series.
func Sum(exposition, name string) float64 {
	var s float64
	for line := range strings.Lines(exposition) {
		if !strings.HasPrefix(line, name+"{") && !strings.HasPrefix(line, name+" ") {
			continue
		}
		fields := strings.Fields(line)
		if v, err := strconv.ParseFloat(fields[len(fields)-1], 64); err == nil {
			s += v
		}
	}
	return s
}
