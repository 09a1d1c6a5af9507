// Package measure runs programs for the benchmarks and tells what they cost. It reads /proc, so it needs Linux.
package measure

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// peakEvery is how often a running program is asked for its memory. The kernel keeps the peak, so only the very last growth can be
// missed.
const peakEvery = 20 * time.Millisecond

// Cost is what a program cost from its start to its end.
type Cost struct {
	Wall time.Duration
	CPU  time.Duration // user and system, of the program and the children that it waited for
	Peak int64         // resident bytes at most
}

// Running is a program that Start started. Wait must be called.
type Running struct {
	cmd     *exec.Cmd
	begin   time.Time
	errs    *bytes.Buffer
	done    chan struct{}
	watched chan int64
}

// Start starts the program. Where the command has no place for standard error, the end of it is in Wait's error.
func Start(cmd *exec.Cmd) (*Running, error) {
	r := &Running{cmd: cmd, begin: time.Now(), errs: &bytes.Buffer{}, done: make(chan struct{}), watched: make(chan int64)}
	if cmd.Stderr == nil {
		cmd.Stderr = r.errs
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go func() { r.watched <- watchPeak(cmd.Process.Pid, r.done) }()
	return r, nil
}

// Wait waits for the program's end.
func (r *Running) Wait() (Cost, error) {
	err := r.cmd.Wait()
	state := r.cmd.ProcessState
	cost := Cost{Wall: time.Since(r.begin), CPU: state.UserTime() + state.SystemTime()}
	close(r.done)
	cost.Peak = <-r.watched
	if err != nil {
		text := r.errs.String()
		return cost, fmt.Errorf("run %s: %w: %s", r.cmd.Path, err, strings.TrimSpace(text[max(0, len(text)-2000):]))
	}
	return cost, nil
}

// Run runs the program to its end and returns what it wrote to standard output.
func Run(cmd *exec.Cmd) ([]byte, Cost, error) {
	var out bytes.Buffer
	cmd.Stdout = &out
	r, err := Start(cmd)
	if err != nil {
		return nil, Cost{}, err
	}
	cost, err := r.Wait()
	return out.Bytes(), cost, err
}

func watchPeak(pid int, done <-chan struct{}) (peak int64) {
	tick := time.NewTicker(peakEvery)
	defer tick.Stop()
	for {
		if m, err := MemoryOf(pid); err == nil {
			peak = max(peak, m.Peak)
		}
		select {
		case <-tick.C:
		case <-done:
			return peak
		}
	}
}

// Memory is what a running program has in memory, in bytes.
type Memory struct {
	Resident int64
	Peak     int64 // Resident at most
	Files    int64 // part of Resident: the program itself and mapped files, among them SQLite's index of its log
}

// MemoryOf reads /proc/PID/status.
func MemoryOf(pid int) (Memory, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Memory{}, err
	}
	var m Memory
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64) // other lines are texts
		switch name {
		case "VmRSS":
			m.Resident = n << 10
		case "VmHWM":
			m.Peak = n << 10
		case "RssFile", "RssShmem":
			m.Files += n << 10
		}
	}
	return m, nil
}

// CPU returns the CPU time that a running program has used, in steps of 10 ms.
func CPU(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), ") ") // the name before may hold blanks
	f := strings.Fields(rest)
	var ticks int64
	for _, i := range []int{11, 12} { // utime and stime
		n, err := strconv.ParseInt(f[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read /proc/%d/stat: %w", pid, err)
		}
		ticks += n
	}
	const perSecond = 100 // USER_HZ, the same on every Linux that Go runs on
	return time.Duration(ticks) * time.Second / perSecond, nil
}

// Build builds a package of claudewatch, as in "./cmd/claudewatch", and puts the program at out. Flags are of go build.
func Build(ctx context.Context, pkg, out string, flags ...string) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/claudewatch/claudewatch").Output()
	if err != nil {
		return fmt.Errorf("find claudewatch: %w", err)
	}
	args := append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", out}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Dir = strings.TrimSpace(string(root))
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", pkg, err, text)
	}
	return nil
}
