package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// reloadRig is an agent with a configuration file that can be changed.
type reloadRig struct {
	*testAgent
	t       *testing.T
	dir     string
	file    string
	reloads int
}

func startReloadable(t *testing.T, config string) *reloadRig {
	t.Helper()
	r := &reloadRig{t: t, dir: t.TempDir()}
	r.file = filepath.Join(r.dir, "claudewatch.yaml")
	r.write("claudewatch.yaml", config)
	r.testAgent = startAgent(t, strings.NewReader(""), "--config", r.file, "--db", filepath.Join(r.dir, "cw.db"))
	return r
}

// write makes a file; DIR in its text is the directory.
func (r *reloadRig) write(name, text string) {
	r.t.Helper()
	text = strings.ReplaceAll(text, "DIR", r.dir)
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// reload changes the configuration, sends the signal and waits for what the agent says to it.
func (r *reloadRig) reload(config string) string {
	r.t.Helper()
	r.write("claudewatch.yaml", config)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		r.t.Fatal(err)
	}
	r.reloads++
	all := r.log.until(r.t, fmt.Sprintf(`(?s)(.*msg="configuration (not )?reloaded[^\n]*\n){%d}`, r.reloads))
	return all[strings.LastIndex(all[:len(all)-1], "\n")+1:]
}

func TestReloadChangesWhatItCan(t *testing.T) {
	r := &reloadRig{t: t, dir: t.TempDir()}
	r.file = filepath.Join(r.dir, "claudewatch.yaml")
	r.write("token", "first-token-of-the-webhook\n")
	r.write("claudewatch.yaml", "sources: [{tail: DIR/a.log, app: one}]\nwebhook: {token_file: DIR/token}\nmetrics: {users: [ann]}\n")
	r.testAgent = startAgent(t, strings.NewReader(""), "--config", r.file, "--db", filepath.Join(r.dir, "cw.db"))
	r.write("a.log", goodCall("req_1"))
	r.metricsWith(t, oneRequest("one"), `claude_user_requests_total{user="ann"} 0`, `claudewatch_notifications_pending{receiver="log"} 0`)

	r.write("token", "second-token-of-the-webhook\n")
	said := r.reload(`
sources: [{tail: DIR/a.log, app: two}, {tail: DIR/b.log, app: three}]
webhook: {token_file: DIR/token}
metrics: {users: [bob]}
limits: [{pool: sonnet-5, limiter: input_tokens, limit: 1000}]
alerts: {limit_usage_high: {enabled: false}}
receivers: []
log: {level: debug}
`)
	if want := `changed="sources, webhook, limits, alerts, receivers, metrics, log"`; !strings.Contains(said, want) {
		t.Errorf("reload says %q; want %s", said, want)
	}
	r.write("b.log", goodCall("req_3"))
	r.write("a.log", goodCall("req_1")+goodCall("req_2"))
	text := r.metricsWith(t, oneRequest("one"), oneRequest("two"), oneRequest("three"), `claude_user_requests_total{user="bob"} 0`,
		`claude_rate_limit_limit{limiter="input_tokens",organization="",pool="sonnet-5",provider="",workspace=""} 1000`)
	for _, gone := range []string{`user="ann"`, `notifications_pending{`} {
		if strings.Contains(text, gone) {
			t.Errorf("the metrics still hold %s", gone)
		}
	}
	for token, want := range map[string]int{"first-token-of-the-webhook": 401, "second-token-of-the-webhook": 200} {
		if code, _ := r.do(t, "POST", "/v1/calls", goodCall("req_4"), []string{"Authorization", "Bearer " + token}); code != want {
			t.Errorf("post with the %.6s token = %d; want %d", token, code, want)
		}
	}
	r.log.until(t, "level=DEBUG")
	if log, _ := r.log.read(); strings.Contains(log, "token-of-the-webhook") {
		t.Error("the log holds a secret")
	}
}

// oneRequest is the metric of an app with one call.
func oneRequest(app string) string {
	return fmt.Sprintf(`claude_requests_total{app=%q,model="claude-sonnet-5",provider="",status="200",workspace=""} 1`, app)
}

func TestBadFileKeepsTheOldConfiguration(t *testing.T) {
	r := startReloadable(t, "sources: [{tail: DIR/a.log, app: one}]\n")
	for _, bad := range []string{"sources: [\n", "alert: {}\n", "webhook: {token_file: DIR/missing}\n", "alerts: {limit_usage_high: {fire: 7000}}\n"} {
		if said := r.reload(bad); !strings.Contains(said, "configuration not reloaded") || !strings.Contains(said, "error=") {
			t.Errorf("reload of %q says %q; want that it failed, and why", bad, said)
		}
		r.metricsWith(t, "claudewatch_config_last_reload_successful 0")
	}
	r.write("a.log", goodCall("req_1"))
	r.metricsWith(t, `claude_requests_total{app="one",model="claude-sonnet-5",provider="",status="200",workspace=""} 1`)
	if said := r.reload("sources: [{tail: DIR/a.log, app: two}]\n"); !strings.Contains(said, "changed=sources") {
		t.Errorf("reload says %q; want changed=sources", said)
	}
	r.metricsWith(t, "claudewatch_config_last_reload_successful 1")
}

func TestWhatNeedsARestartKeepsItsValue(t *testing.T) {
	r := startReloadable(t, "live_window: 1h\n")
	r.reload("live_window: 2h\nlog: {format: json}\ndatabase: {retention: {calls: 60d}}\n")
	r.log.until(t, `these keys keep their old values until a restart" keys="live_window, log.format"`)
	if said := r.reload("live_window: 1h\n"); strings.Contains(said, "live_window") || !strings.Contains(said, "changed=database") {
		t.Errorf("the next reload says %q; want the retention alone changed back", said)
	}
}

// Fifty reloads while two logs are written and rotated and the webhook is used: every call is stored once.
func TestFiftyReloadsUnderLoad(t *testing.T) {
	configs := []string{
		"sources: [{tail: DIR/a.log*, app: one}, {tail: DIR/b.log*}]\n",
		"sources: [{tail: DIR/b.log*, workspace: w}]\nmetrics: {users: [ann]}\nreceivers: []\n",
		"sources: [{tail: [DIR/a.log*, DIR/b.log*]}]\nalerts: {limit_usage_high: {fire: 0.7}}\nlimits: [{pool: sonnet-5, limiter: input_tokens, limit: 1000}]\n",
		"sources: []\nbudgets: [{name: all, user: \"*\", tokens: 10, per: hour}]\nlog: {level: debug}\n",
		"sources: [{tail: DIR/a.log*, app: two, read_from: end}, {tail: DIR/b.log*}]\nwebhook: {max_body: 1MB}\n",
		"sources: [\n",
	}
	r := startReloadable(t, configs[0])
	const each = 2000
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for _, name := range []string{"a.log", "b.log"} {
		writers.Go(func() { r.rotate(name, each) })
	}
	posted := 0
	writers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if code, answer := r.do(t, "POST", "/v1/calls", goodCall(fmt.Sprintf("req_post_%d", posted)), nil); code != 200 {
				t.Errorf("the webhook answers %d %s; want 200", code, answer)
				return
			}
			posted++
		}
	})
	for i := range 50 {
		r.reload(configs[(i+1)%len(configs)])
	}
	close(stop)
	writers.Wait()
	r.reload(configs[0])
	r.storedOnce(2*each + posted)
}

// rotate writes calls to a log and gives it another name now and then.
func (r *reloadRig) rotate(name string, calls int) {
	path := filepath.Join(r.dir, name)
	for i := range calls {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(goodCall(fmt.Sprintf("req_%s_%d", name, i)))
			_ = f.Close()
		}
		if err == nil && i%200 == 199 {
			err = os.Rename(path, fmt.Sprintf("%s.%d", path, i/200))
		}
		if err != nil {
			r.t.Error(err)
			return
		}
	}
}

// storedOnce waits until so many calls are stored, and wants none that was stored before.
func (r *reloadRig) storedOnce(calls int) {
	r.t.Helper()
	sum := func(metric string) int {
		_, text := r.get(r.t, "/metrics")
		n := 0
		for _, m := range regexp.MustCompile(`(?m)^`+metric+`\{.*\} (\S+)$`).FindAllStringSubmatch(text, -1) {
			v, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				r.t.Fatal(err)
			}
			n += int(v)
		}
		return n
	}
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for end := time.After(patience); sum("claudewatch_calls_ingested_total") < calls; {
		select {
		case <-again.C:
		case <-end:
			r.t.Fatalf("%d calls are stored; want %d", sum("claudewatch_calls_ingested_total"), calls)
		}
	}
	if n := sum("claudewatch_calls_ingested_total"); n != calls {
		r.t.Errorf("%d calls are stored; want %d", n, calls)
	}
	if n := sum("claudewatch_calls_duplicate_total"); n != 0 {
		r.t.Errorf("%d calls were read twice; want none", n)
	}
}
