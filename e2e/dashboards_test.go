package e2e

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/dashboards"
)

// TestEveryDashboardQueryFindsData runs every query of every dashboard in a real Prometheus that scrapes two agents: the demo, and one
// with what the demo does not have: a history of weeks, budgets and listed users.
func TestEveryDashboardQueryFindsData(t *testing.T) {
	a := launch(t, nil, "demo", "--seed", "7", "--listen", "127.0.0.1:0")
	eventually(t, "the demo to listen", func() error {
		if a.url = listening.FindString(a.log.String()); a.url == "" {
			return errors.New("no address in its output")
		}
		return nil
	})
	old := historian(t)
	server := prometheus(t, a.url, old.url)
	var queries []dashboards.Query
	files, err := dashboards.Generate(dashboards.Options{})
	if err == nil {
		queries, err = dashboards.Queries(files)
	}
	if err != nil || len(queries) < 100 {
		t.Fatalf("%d queries found in the dashboards, %v; want them all", len(queries), err)
	}
	open := map[dashboards.Query]error{} // why it has not answered yet
	for _, q := range queries {
		open[q] = errors.New("not asked yet")
	}
	again := time.NewTicker(2 * time.Second)
	defer again.Stop()
	for end := time.After(3 * patience); len(open) > 0; {
		feed(t, a, "feed")
		feed(t, old, "u-1")
		for q := range open {
			if open[q] = ask(server, q.Fill("20s")); open[q] == nil {
				delete(open, q)
			}
		}
		select {
		case <-again.C:
		case <-end:
			for q, why := range open {
				t.Errorf("%s: %s %s: %v: %s", q.Dashboard, q.Panel, q.Ref, why, q.Fill("20s"))
			}
			return
		}
	}
	lintExposition(t, a)
	lintExposition(t, old)
}

// historian starts an agent on the log of eight weeks, with a budget and a user who is a label.
func historian(t *testing.T) *agent {
	t.Helper()
	dir := t.TempDir()
	db, log, conf := filepath.Join(dir, "old.db"), filepath.Join(dir, "old.log"), filepath.Join(dir, "claudewatch.yml")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(log, weeks(56))
	write(conf, "budgets:\n  - {name: shop, app: feed, tokens: 100000, per: hour}\nmetrics: {users: [u-1]}\n")
	if _, errOut, code := command(t, nil, "ingest", "--db", db, log); code != 0 {
		t.Fatalf("ingest: %d, %s", code, errOut)
	}
	return start(t, nil, "--db", db, "--config", conf)
}

// weeks is a log of so many days whose busy minutes grow by a fifth a week, so that half and 80 % of the limit are in sight.
func weeks(days int) string {
	var b strings.Builder
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for d := range days {
		for m := range 20 {
			at := today.AddDate(0, 0, d-days).Add(9*time.Hour + time.Duration(m)*time.Minute)
			fmt.Fprintf(&b, `{"time":%q,"request_id":"req_old_%d_%d","provider":"anthropic","app":"shop","model":"claude-sonnet-5","status":200,`+
				`"usage":{"input_tokens":%d,"output_tokens":20},"readings":[{"limiter":"input_tokens","limit":2000000,"remaining":1900000}]}`+"\n",
				at.Format(time.RFC3339), d, m, int(180_000*math.Pow(1.2, float64(d)/7)))
		}
	}
	return b.String()
}

// feed posts what the demo's logs don't show: a time to first token, a line that can't be read, a bucket that runs dry, the window of a
// subscription, a model without a price, a call that was seen before, and a limit that changes.
func feed(t *testing.T, a *agent, user string) {
	t.Helper()
	now := time.Now().UTC()
	call := fmt.Sprintf(`{"time":%q,"request_id":"req_feed_%d","provider":"anthropic","app":"feed","user":%q,"model":"claude-haiku-5-5","status":200,
"duration_seconds":2,"time_to_first_token_seconds":0.4,"usage":{"input_tokens":60000,"output_tokens":20},
"readings":[{"limiter":"input_tokens","limit":%d,"remaining":50000,"reset":%q},{"limiter":"unified_5h","utilization":0.4,"reset":%q}]}`,
		now.Format(time.RFC3339Nano), now.UnixNano(), user, 100_000+now.Second()/10*1000, now.Add(30*time.Second).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339))
	unpriced := fmt.Sprintf(`{"time":%q,"request_id":"req_own_%d","app":"feed","model":"our-own","status":200,"usage":{"input_tokens":10,"output_tokens":20}}`,
		now.Format(time.RFC3339Nano), now.UnixNano())
	for _, text := range []string{call, call, unpriced, `{"model":"claude-haiku-5-5","usage":{"input_tokens":-5}}`} {
		if _, err := post(a.url+"/v1/calls", "application/json", text); err != nil && strings.Contains(text, "request_id") {
			t.Fatal(err)
		}
	}
}
