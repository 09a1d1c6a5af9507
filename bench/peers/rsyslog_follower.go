package main

import (
	"context"
	_ "embed"
	"path/filepath"
)

//go:embed torture.conf
var rsyslogTorture string

// rsyslogFollower writes what it takes to a file at once.
type rsyslogFollower struct {
	child
	state string
}

func newRsyslogFollower(logs, state string) (follower, error) {
	f := &rsyslogFollower{state: state}
	return f, fill(filepath.Join(state, "rsyslog.conf"), rsyslogTorture, map[string]string{"Dir": state, "Log": filepath.Join(logs, "app.log")})
}

func (f *rsyslogFollower) start(ctx context.Context) error {
	// A process id file of one that was killed may name a process that runs.
	return f.launch(ctx, "rsyslogd", "-n", "-f", filepath.Join(f.state, "rsyslog.conf"), "-i", "NONE")
}

func (f *rsyslogFollower) progress(context.Context) (int, error) {
	return fileSize(filepath.Join(f.state, "seen"))
}

func (f *rsyslogFollower) finish(context.Context) (map[int]int, error) {
	if err := f.end(); err != nil {
		return nil, err
	}
	return numbersIn(filepath.Join(f.state, "seen"))
}
