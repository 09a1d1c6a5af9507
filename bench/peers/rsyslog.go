package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"text/template"
	"time"

	"github.com/claudewatch/claudewatch/bench/measure"
)

//go:embed rsyslog.conf
var rsyslogConf string

// rsyslogPatience is how long its counters may stand still before it is taken to have read all that it will.
const rsyslogPatience = 20 * time.Second

// rsyslog runs until it has counted every call. It writes its counters once a second, so its wall time comes in steps.
func rsyslog(ctx context.Context, c corpus) (counts, measure.Cost, error) {
	dir, err := os.MkdirTemp(c.dir, "rsyslog-")
	if err != nil {
		return nil, measure.Cost{}, err
	}
	conf := filepath.Join(dir, "rsyslog.conf")
	if err := fill(conf, rsyslogConf, map[string]string{"Dir": dir, "Log": c.log}); err != nil {
		return nil, measure.Cost{}, err
	}
	cmd := exec.CommandContext(ctx, "rsyslogd", "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
	r, err := measure.Start(cmd)
	if err != nil {
		return nil, measure.Cost{}, err
	}
	n, err := rsyslogDone(ctx, filepath.Join(dir, "stats.json"), c.Calls)
	cost, waitErr := measure.Cost{}, cmd.Process.Signal(syscall.SIGTERM)
	if waitErr == nil {
		cost, waitErr = r.Wait()
	}
	return n, cost, errors.Join(err, waitErr)
}

// rsyslogDone waits until the counters hold so many calls or stand still.
func rsyslogDone(ctx context.Context, path string, calls int64) (counts, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last, since := counts{}, time.Now()
	for {
		n, err := rsyslogCounts(path)
		if err != nil {
			return nil, err
		}
		if n.total() != last.total() {
			last, since = n, time.Now()
		}
		if n.total() >= calls || time.Since(since) > rsyslogPatience {
			return last, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// rsyslogCounts reads the last counters from the file.
func rsyslogCounts(path string) (counts, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	n := counts{}
	for line := range bytes.Lines(data) {
		_, object, found := bytes.Cut(line, []byte(": {"))
		var s struct {
			Origin string
			Values counts
		}
		// A line that is still being written is no JSON yet.
		if found && json.Unmarshal(append([]byte("{"), object...), &s) == nil && s.Origin == "dynstats.bucket" {
			n = s.Values
		}
	}
	return n, nil
}

// fill writes a template to a file.
func fill(path, text string, values map[string]string) (err error) {
	t, err := template.New(filepath.Base(path)).Parse(text)
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return t.Execute(f, values)
}
