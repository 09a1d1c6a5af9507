// Command intake measures the built claudewatch following a mixed log: lines and bytes a second, CPU per gigabyte, memory; then what it
// costs while nothing happens. It reads /proc, so it needs Linux.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	size := flag.String("size", "500MB", "size of the generated log")
	runs := flag.Int("runs", 5, "runs; medians are printed")
	idle := flag.Duration("idle", 20*time.Second, "how long to watch the idle agent")
	flag.Parse()
	if err := bench(context.Background(), *size, *runs, *idle); err != nil {
		fmt.Fprintln(os.Stderr, "intake:", err)
		os.Exit(1)
	}
}

// figures are what one run measured.
type figures struct {
	start, wall, cpu time.Duration
	rss, peak        int64 // bytes, at the end and at most
	lines, calls     float64
}

func bench(ctx context.Context, size string, runs int, idle time.Duration) error {
	dir, err := os.MkdirTemp("", "claudewatch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary directory
	binary, log := filepath.Join(dir, "claudewatch"), filepath.Join(dir, "mixed.log")
	if err := command(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./cmd/claudewatch"); err != nil {
		return err
	}
	if err := command(ctx, "go", "run", "./bench/loggen", "-size", size, "-start", time.Now().Add(-4*time.Hour).Format(time.RFC3339), "-o", log); err != nil {
		return err
	}
	text, err := os.ReadFile(log)
	if err != nil {
		return err
	}
	lines := int64(bytes.Count(text, []byte("\n")))
	var all []figures
	for i := range runs {
		f, err := follow(ctx, binary, log, filepath.Join(dir, fmt.Sprintf("run%d.db", i)), lines)
		if err != nil {
			return err
		}
		all = append(all, f)
	}
	if err := report(binary, log, all); err != nil {
		return err
	}
	return watchIdle(ctx, binary, filepath.Join(dir, "idle.db"), idle)
}

func command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// process is one running agent.
type process struct {
	cmd *exec.Cmd
	url string
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

func launch(ctx context.Context, binary string, args ...string) (*process, error) {
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
			return &process{cmd, url}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the agent ended without an address: %w", err)
		}
	}
}

func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// follow runs the agent on the log until every line is stored.
func follow(ctx context.Context, binary, log, db string, lines int64) (figures, error) {
	var f figures
	begin := time.Now()
	p, err := launch(ctx, binary, "--db", db, "--tail", log, "--live-window", "24h")
	if err != nil {
		return f, err
	}
	for poll := time.NewTicker(10 * time.Millisecond); ; <-poll.C {
		text, err := metrics(ctx, p.url)
		if err != nil {
			return f, err
		}
		f.lines, f.calls = sum(text, "claudewatch_lines_total"), sum(text, "claudewatch_calls_ingested_total")
		if f.start == 0 && f.calls > 0 {
			f.start = time.Since(begin)
			poll.Reset(250 * time.Millisecond) // a scrape costs the agent something too
		}
		rss, _, err := usage(p.cmd.Process.Pid)
		if err != nil {
			return f, err
		}
		f.rss, f.peak = rss, max(f.peak, rss)
		if int64(f.lines) >= lines {
			break
		}
	}
	f.wall = time.Since(begin)
	if _, f.cpu, err = usage(p.cmd.Process.Pid); err != nil {
		return f, err
	}
	return f, p.stop()
}

func watchIdle(ctx context.Context, binary, db string, idle time.Duration) error {
	p, err := launch(ctx, binary, "--db", db)
	if err != nil {
		return err
	}
	_, before, err := usage(p.cmd.Process.Pid)
	if err != nil {
		return err
	}
	time.Sleep(idle)
	rss, after, err := usage(p.cmd.Process.Pid)
	if err != nil {
		return err
	}
	fmt.Printf("idle for %s: %.1f MB resident, %.2f %% of a core\n", idle, mb(rss), 100*(after-before).Seconds()/idle.Seconds())
	return p.stop()
}

func report(binary, log string, all []figures) error {
	b, err := os.Stat(binary)
	if err != nil {
		return err
	}
	l, err := os.Stat(log)
	if err != nil {
		return err
	}
	median := func(of func(figures) float64) float64 {
		var v []float64
		for _, f := range all {
			v = append(v, of(f))
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	size := float64(l.Size())
	fmt.Printf("log %.0f MB, %.0f lines, %.0f calls; binary %.1f MB; medians of %d\n", size/1e6, all[0].lines, all[0].calls, mb(b.Size()), len(all))
	fmt.Printf("start to first calls seen  %.0f ms\n", 1e3*median(func(f figures) float64 { return f.start.Seconds() }))
	fmt.Printf("follow to the end          %.1f s: %.0f lines/s, %.1f MB/s, %.0f calls/s\n",
		median(func(f figures) float64 { return f.wall.Seconds() }), median(func(f figures) float64 { return f.lines / f.wall.Seconds() }),
		median(func(f figures) float64 { return size / 1e6 / f.wall.Seconds() }), median(func(f figures) float64 { return f.calls / f.wall.Seconds() }))
	fmt.Printf("CPU                        %.2f s/GB\n", median(func(f figures) float64 { return f.cpu.Seconds() / (size / 1e9) }))
	fmt.Printf("memory, at most            %.1f MB resident\n", mb(int64(median(func(f figures) float64 { return float64(f.peak) }))))
	return nil
}

func mb(n int64) float64 { return float64(n) / 1e6 }

func metrics(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", nil)
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

// sum adds up a metric's series.
func sum(exposition, name string) float64 {
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

// usage returns a process's resident bytes and the CPU time that it has used.
func usage(pid int) (rss int64, cpu time.Duration, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	_, rest, _ := strings.Cut(string(data), ") ") // the name before may hold blanks
	f := strings.Fields(rest)
	num := func(i int) int64 {
		n, _ := strconv.ParseInt(f[i], 10, 64) // the kernel writes numbers
		return n
	}
	const ticks = 100 // USER_HZ, the same on every Linux that Go runs on
	return num(21) * int64(os.Getpagesize()), time.Duration(num(11)+num(12)) * time.Second / ticks, nil
}
