// Command alerting measures how long it takes from the writing of a log line to the request that tells Slack of it: the built
// claudewatch follows a log and posts to a server that answers as Slack does. Each event is of an organization of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/bench/measure"
)

// patience is how long an event may take before it counts as lost.
const patience = 30 * time.Second

func main() {
	events := flag.Int("events", 40, "events of each kind")
	pause := flag.Duration("pause", 1300*time.Millisecond, "between two events: Slack takes one message a second")
	flag.Parse()
	if err := bench(context.Background(), *events, *pause); err != nil {
		fmt.Fprintln(os.Stderr, "alerting:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, events int, pause time.Duration) error {
	dir, err := os.MkdirTemp("", "claudewatch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary directory
	binary := filepath.Join(dir, "claudewatch")
	if err := measure.Build(ctx, "./cmd/claudewatch", binary); err != nil {
		return err
	}
	s := &slack{told: map[string]time.Time{}}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go server.Serve(listener) //nolint:errcheck // it ends with the program
	defer server.Close()      //nolint:errcheck // the same
	for name, value := range map[string]string{
		"CLAUDEWATCH_SLACK_TOKEN": "xoxb-not-a-real-one", "CLAUDEWATCH_SLACK_CHANNEL": "C012345678",
		"CLAUDEWATCH_SLACK_API_URL": "http://" + listener.Addr().String() + "/",
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	log := filepath.Join(dir, "app.log")
	f, err := os.Create(log)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // every write is checked
	agent, err := measure.Launch(ctx, binary, "--tail", log, "--db", filepath.Join(dir, "bench.db"))
	if err != nil {
		return err
	}
	fmt.Println("from a line's write to the request at Slack")
	for _, k := range kinds() {
		took, err := k.run(ctx, f, s, events, pause)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", k.rule, err), agent.Kill())
		}
		slices.Sort(took)
		at := func(q float64) time.Duration {
			return took[min(len(took)-1, int(q*float64(len(took))))].Round(100 * time.Microsecond)
		}
		fmt.Printf("%-28s %3d events  p50 %8s  p90 %8s  p99 %8s  max %8s\n", k.rule, len(took), at(0.5), at(0.9), at(0.99), at(1))
	}
	return agent.Stop()
}

// kind is an event that one line makes.
type kind struct {
	rule, name string
	line       func(organization string, at time.Time) string
}

func kinds() []kind {
	return []kind{
		{"spend_cap_reached", "spend", func(org string, at time.Time) string {
			return fmt.Sprintf(`{"time":%q,"request_id":"req_%s","provider":"anthropic","organization":%q,"model":"claude-sonnet-5","status":429,`+
				`"error_type":"rate_limit_error","error_code":"enforced_spend_limit_reached","cause":"spend_cap"}`+"\n", at.Format(time.RFC3339Nano), org, org)
		}},
		{"limit_exhaustion_imminent", "dry", func(org string, at time.Time) string {
			return fmt.Sprintf(`{"time":%q,"request_id":"req_%s","provider":"anthropic","organization":%q,"model":"claude-sonnet-5","status":200,`+
				`"usage":{"input_tokens":190000,"output_tokens":10},"readings":[{"limiter":"input_tokens","limit":100000,"remaining":2000,"reset":%q}]}`+"\n",
				at.Format(time.RFC3339Nano), org, org, at.Add(59*time.Second).Format(time.RFC3339))
		}},
	}
}

// run makes one event after the other and returns how long each took.
func (k kind) run(ctx context.Context, f *os.File, s *slack, events int, pause time.Duration) ([]time.Duration, error) {
	var took []time.Duration
	for i := range events {
		org := fmt.Sprintf("org-%s-%d-end", k.name, i)
		start := time.Now()
		if _, err := f.WriteString(k.line(org, start.UTC())); err != nil {
			return nil, err
		}
		for {
			if at, ok := s.when(org); ok {
				took = append(took, at.Sub(start))
				break
			}
			if time.Since(start) > patience {
				return nil, fmt.Errorf("nothing about %s after %s", org, patience)
			}
			time.Sleep(time.Millisecond)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return took, nil
}
