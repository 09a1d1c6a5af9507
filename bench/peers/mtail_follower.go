package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// mtailSeen counts each line by its number.
const mtailSeen = "counter seen by n\n\n/\"n\":(?P<n>\\d+),/ {\n  seen[$n]++\n}\n"

// mtailFollower keeps its counters in memory only, so that they are asked for before a kill; what it takes between the question and
// the kill counts as lost, a few lines in a thousand at most.
type mtailFollower struct {
	child
	logs, state, port string
	before            map[int]int
}

func newMtailFollower(logs, state string) (follower, error) {
	f := &mtailFollower{logs: logs, state: state, before: map[int]int{}}
	return f, os.WriteFile(filepath.Join(state, "seen.mtail"), []byte(mtailSeen), 0o600)
}

func (f *mtailFollower) start(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, f.port, err = net.SplitHostPort(l.Addr().String()); err != nil {
		return err
	}
	if err := l.Close(); err != nil { // mtail can't be given an open port
		return err
	}
	return f.launch(ctx, "mtail", "-address", "127.0.0.1", "-port", f.port, "-log_dir", f.state, "-progs", f.state, "-logs", filepath.Join(f.logs, "app.log"))
}

func (f *mtailFollower) kill(ctx context.Context) error {
	seen, err := f.counters(ctx)
	if err != nil {
		return err
	}
	f.add(seen)
	return f.child.kill(ctx)
}

func (f *mtailFollower) add(seen map[int]int) {
	for n, times := range seen {
		f.before[n] += times
	}
}

func (f *mtailFollower) progress(ctx context.Context) (int, error) {
	seen, err := f.counters(ctx)
	return len(seen) + len(f.before), err
}

func (f *mtailFollower) finish(ctx context.Context) (map[int]int, error) {
	seen, err := f.counters(ctx)
	if err != nil {
		return nil, err
	}
	f.add(seen)
	return f.before, f.end()
}

// mtailStart is how long it may take until it listens.
const mtailStart = 10 * time.Second

func (f *mtailFollower) counters(ctx context.Context) (map[int]int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+f.port+"/json", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	for begin := time.Now(); errors.Is(err, syscall.ECONNREFUSED) && time.Since(begin) < mtailStart; time.Sleep(look) {
		resp, err = http.DefaultClient.Do(req)
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	var all []mtailMetric
	if err := json.NewDecoder(resp.Body).Decode(&all); err != nil {
		return nil, fmt.Errorf("read mtail's counters: %w", err)
	}
	seen := map[int]int{}
	for _, m := range all {
		for _, v := range m.LabelValues {
			n, err := strconv.Atoi(v.Labels[0])
			if err != nil {
				return nil, err
			}
			seen[n] += int(v.Value.Value)
		}
	}
	return seen, nil
}
