package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/dashboards"
)

// TestEveryDashboardQueryFindsData runs every query of every dashboard in a real Prometheus that scrapes two agents: the demo, and one
// with what the demo does not have: a history of weeks, budgets and listed users. Every label that a legend or a table shows must be
// there. At the end what Prometheus sums up is what was posted.
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
	var posted rounds
	unanswered := dashboardQueries(t)
	again := time.NewTicker(2 * time.Second)
	defer again.Stop()
	for end := time.After(2 * patience); len(unanswered) > 0; {
		feed(t, a, "feed")
		feed(t, old, "u-1")
		posted++
		why := map[string]error{}
		unanswered = slices.DeleteFunc(unanswered, func(q dashboards.Query) bool {
			err := ask(server, q.Fill("20s"), q.Labels...)
			if err != nil {
				why[fmt.Sprintf("%s: %s %s: %s", q.Dashboard, q.Panel, q.Ref, q.Fill("20s"))] = err
			}
			return err == nil
		})
		select {
		case <-again.C:
		case <-end:
			for q, err := range why {
				t.Errorf("%s: %v", q, err)
			}
			return
		}
	}
	posted.check(t, server, old)
	reported(t, a)
	lintExposition(t, a)
	lintExposition(t, old)
}

// dashboardQueries returns the queries of all dashboards.
func dashboardQueries(t *testing.T) []dashboards.Query {
	t.Helper()
	var queries []dashboards.Query
	files, err := dashboards.Generate(dashboards.Options{})
	if err == nil {
		queries, err = dashboards.Queries(files)
	}
	if err != nil || len(queries) < 100 {
		t.Fatalf("%d queries found in the dashboards, %v; want them all", len(queries), err)
	}
	return queries
}

// rounds counts the calls of feed for one agent.
type rounds int

// check compares what Prometheus sums up of an agent with what feed posted to it.
func (n rounds) check(t *testing.T, server string, a *agent) {
	t.Helper()
	instance := strings.TrimPrefix(a.url, "http://")
	for expr, each := range map[string]float64{
		`sum(claude_tokens_total{instance=%q})`:                                                               feedInput + feedOutput + ownInput + ownOutput,
		`sum(claude_tokens_total{instance=%q, type="input"})`:                                                 feedInput + ownInput,
		`sum(claude_requests_total{instance=%q})`:                                                             3, // the second sighting of one counts nothing
		`sum(claude_requests_total{instance=%q, status="429"})`:                                               1,
		`sum(claude_rate_limit_hits_total{instance=%q})`:                                                      1,
		`sum(claude_unpriced_tokens_total{instance=%q})`:                                                      ownInput + ownOutput,
		`sum(claude_cost_usd_total{instance=%q})`:                                                             feedCost,
		`sum(claude_user_tokens_total{instance=%q, user="u-1"})`:                                              feedInput + feedOutput,
		`sum(claude_retry_delay_seconds_total{instance=%q})`:                                                  feedWait,
		`sum(claude_request_duration_seconds_count{instance=%q})`:                                             1,
		`sum(claudewatch_calls_duplicate_total{instance=%q})`:                                                 1,
		`sum(claudewatch_lines_rejected_total{instance=%q}) or 0 * sum(claudewatch_lines_total{instance=%q})`: 1,
	} {
		want := float64(n) * each
		eventually(t, expr, func() error {
			got, err := query(server, strings.ReplaceAll(expr, "%q", fmt.Sprintf("%q", instance)))
			if err != nil || len(got) != 1 || math.Abs(got[0].value-want) > 1e-6*want {
				return errors.Join(err, fmt.Errorf("%s = %v; want %v after %d rounds", expr, got, want, n))
			}
			return nil
		})
	}
}

// database is where an agent says that it keeps its calls.
var database = regexp.MustCompile(`(?m)^  database  (.+)$`)

// reported compares an agent's counters with what the store sums up of the same calls. The agent goes on counting meanwhile, so what the
// store says lies between two scrapes.
func reported(t *testing.T, a *agent) {
	t.Helper()
	scrape := func() string {
		text, err := get(a.url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := scrape()
	path := database.FindStringSubmatch(a.log.String())
	if path == nil {
		t.Fatalf("no database in the output:\n%s", a.log)
	}
	out, errOut, code := command(t, "report", "--db", path[1], "--by", "day", "--since", "2d", "--output", "json")
	var days []map[string]any
	if err := json.Unmarshal([]byte(out), &days); code != 0 || err != nil || len(days) == 0 {
		t.Fatalf("report = %d, %v: %s%s", code, err, out, errOut)
	}
	after := scrape()
	for column, name := range map[string][]string{
		"calls": {"claude_requests_total"}, "rate_limited": {"claude_requests_total", `status="429"`},
		"input_tokens": {"claude_tokens_total", `type="input"`}, "cache_read_tokens": {"claude_tokens_total", `type="cache_read"`},
		"cost_usd": {"claude_cost_usd_total"}, "unpriced_tokens": {"claude_unpriced_tokens_total"},
	} {
		low, _ := metric(before, name[0], name[1:]...)
		high, _ := metric(after, name[0], name[1:]...)
		sum := 0.0
		for _, d := range days {
			v, _ := d[column].(float64)
			sum += v
		}
		if sum < low-1e-6*low || sum > high+1e-6*high || sum == 0 {
			t.Errorf("report says %s = %v; the metrics %v before and %v after it", column, sum, low, high)
		}
	}
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
	if _, errOut, code := command(t, "ingest", "--db", db, log); code != 0 {
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
			fmt.Fprintf(&b, `{"time":%q,"request_id":"req_old_%d_%d","provider":"anthropic","organization":"feed-org","workspace":"feed","app":"shop","model":"claude-haiku-5-5","status":200,`+
				`"usage":{"input_tokens":%d,"output_tokens":20},"readings":[{"limiter":"input_tokens","limit":2000000,"remaining":1900000}]}`+"\n",
				at.Format(time.RFC3339), d, m, int(180_000*math.Pow(1.2, float64(d)/7)))
		}
	}
	return b.String()
}

// What one round of feed posts. The cost is 60,000 input tokens at 0.10 USD a million and 20 output tokens at 0.50.
const (
	feedInput, feedOutput, feedCost = 60_000, 20, 60_000*0.10/1e6 + 20*0.50/1e6
	ownInput, ownOutput             = 10, 20
	feedWait                        = 3 // seconds
)

// feed posts what the demo's logs don't show: a time to first token, a line that can't be read, a bucket that runs dry, the window of a
// subscription, a model without a price, a call that was seen before, a refusal, and a limit that changes.
func feed(t *testing.T, a *agent, user string) {
	t.Helper()
	now := time.Now().UTC()
	at, id := now.Format(time.RFC3339Nano), now.UnixNano()
	call := fmt.Sprintf(`{"time":%q,"request_id":"req_feed_%d","provider":"anthropic","organization":"feed-org","workspace":"feed","app":"feed","user":%q,
"model":"claude-haiku-5-5","status":200,"duration_seconds":2,"time_to_first_token_seconds":0.4,"usage":{"input_tokens":%d,"output_tokens":%d},
"readings":[{"limiter":"input_tokens","limit":%d,"remaining":50000,"reset":%q},{"limiter":"unified_5h","utilization":0.4,"reset":%q}]}`,
		at, id, user, feedInput, feedOutput, 100_000+now.Second()/10*1000, now.Add(30*time.Second).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339))
	unpriced := fmt.Sprintf(`{"time":%q,"request_id":"req_own_%d","app":"feed","model":"our-own","status":200,"usage":{"input_tokens":%d,"output_tokens":%d}}`,
		at, id, ownInput, ownOutput)
	refused := fmt.Sprintf(`{"time":%q,"request_id":"req_no_%d","provider":"anthropic","app":"feed","model":"claude-haiku-5-5","status":429,
"error_type":"rate_limit_error","retry":1,"retry_after_seconds":%d}`, at, id, feedWait)
	for _, text := range []string{call, call, unpriced, refused} {
		if _, err := post(a.url+"/v1/calls", "application/json", text); err != nil {
			t.Fatal(err)
		}
	}
	// The agent refuses it; only the metric of it is wanted.
	_, _ = post(a.url+"/v1/calls", "application/json", `{"model":"claude-haiku-5-5","usage":{"input_tokens":-5}}`)
}
