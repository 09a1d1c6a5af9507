package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// adviceDays are whole days before today, so that busy minutes count.
const adviceDays = 4

// troubled makes calls of days that have everything that advice is for. The changes turn one of the troubles off.
func troubled(midnight time.Time, without string) []claude.Call {
	var all []claude.Call
	add := func(c claude.Call) {
		c.RequestID, c.Provider, c.Stream = fmt.Sprint("req_", len(all)), "anthropic", claude.Some(true)
		all = append(all, c)
	}
	reading := func(limit int64) []claude.Reading {
		return []claude.Reading{{Limiter: claude.LimiterInputTokens, Limit: claude.Some(limit), Remaining: claude.Some(limit / 2), Reset: midnight}}
	}
	for day := range adviceDays {
		morning := midnight.AddDate(0, 0, day-adviceDays).Add(9 * time.Hour)
		for i := range 100 { // a chat: large prompts that are not cached, one user far ahead, a full pool
			at := morning.Add(time.Duration(i) * 5 * time.Minute)
			c := used(at, "chat", "claude-sonnet-5", 9000, 300, claude.Some(0.03))
			c.User, c.Readings = fmt.Sprint("u-", i/2%12), reading(10_000)
			if i%2 == 0 {
				c.User = "u-greedy"
			}
			c.Usage.CacheReadInputTokens = claude.Some[int64](100)
			switch without {
			case adviceCache:
				c.Usage.CacheReadInputTokens = claude.Some[int64](90_000)
			case advicePools:
				c.Readings = reading(12_000)
			case adviceLarge:
				c.Readings = reading(40_000)
			case adviceUser:
				c.User = fmt.Sprint("u-", i/2%12)
			}
			add(c)
			if i%10 == 0 || without != adviceRetries {
				r := claude.Call{Time: at.Add(time.Second), App: "retrier", Model: "claude-haiku-4-5", Status: 429, Cause: claude.CauseRateLimit}
				r.Retry, r.RetryAfterSeconds = claude.Some(int64(i%2)), claude.Some(2.0)
				add(r)
			}
		}
		for i := range 100 { // a nightly job that could go by batch, on a pool that is idle
			c := used(midnight.AddDate(0, 0, day-adviceDays).Add(time.Hour+time.Duration(i)*time.Minute), "nightly", "claude-sonnet-4-6", 2000, 400, claude.Some(0.02))
			c.User, c.Readings = "", reading(1_000_000)
			add(c)
			all[len(all)-1].Stream = claude.Some(without == adviceBatch)
		}
	}
	return all
}

const adviceConfig = `limits:
  - {pool: opus-5, limiter: input_tokens, limit: 2000000, per: 1m}
budgets:
  - {name: ghosts, app: ghost, tokens: 1000, per: day}
`

func adviceFor(t *testing.T, calls []claude.Call, config string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "claudewatch.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut, code := command(t, append([]string{"report", "--advice", "--tz", "UTC", "--config", file, "--db", filled(t, calls...)}, args...)...)
	if code != exitDone || errOut != "" {
		t.Fatalf("report --advice = %d, %s", code, errOut)
	}
	return out
}

func kindsOf(t *testing.T, text string) map[string]advice {
	t.Helper()
	var all []advice
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	kinds := map[string]advice{}
	for _, a := range all {
		kinds[a.Kind] = a
	}
	return kinds
}

// Each trouble is named with its numbers, and no longer named when it alone is gone.
func TestAdvice(t *testing.T) {
	midnight := time.Now().UTC().Truncate(24 * time.Hour)
	got := kindsOf(t, adviceFor(t, troubled(midnight, ""), adviceConfig, "-o", "json"))
	for kind, want := range map[string]struct {
		number string
		value  float64
		words  string
	}{
		adviceCache:   {"prompt_tokens_per_call", 9100, "App chat sends 400 prompts of 9.1k tokens on average to model claude-sonnet-5, and reads 1 % of them from the cache."},
		adviceBatch:   {"usd_by_batch", 4, "App nightly makes 100 % of its calls in 4 hours of the day and does not stream: 400 calls to model claude-sonnet-4-6."},
		advicePools:   {"busy_load", 0.9, "In its busy minutes pool sonnet-5 is at 90 % of its input_tokens limit of 10k, while sonnet-4.x is at 0 % of 1M."},
		adviceLarge:   {"largest", 9000, "400 of 400 calls to pool sonnet-5 took a third or more of its input_tokens limit of 10k each, the largest 9k; most came from app chat."},
		adviceRetries: {"retry_delay_seconds", 800, "App retrier spends 50 % of its 400 requests on retries; 400 were refused with 429 and 0 with 529, and told to wait 13m 20s in all."},
		adviceUser:    {"share", 0.5, "User u-greedy used 50 % of the tokens of 13 users: 1.9M of 3.7M, in 200 calls."},
	} {
		a, ok := got[kind]
		if !ok || !strings.HasPrefix(a.What, want.words) || a.Numbers[want.number] < 0.99*want.value || a.Numbers[want.number] > 1.01*want.value || a.Do == "" {
			t.Errorf("advice %s = %+v; want %s %g and %q", kind, a, want.number, want.value, want.words)
		}
		rest := kindsOf(t, adviceFor(t, troubled(midnight, kind), adviceConfig, "-o", "json"))
		if a, ok := rest[kind]; ok {
			t.Errorf("advice without the trouble still has %+v", a)
		}
	}
}

func TestAdviceOnLimitsThatNobodyUses(t *testing.T) {
	midnight := time.Now().UTC().Truncate(24 * time.Hour)
	calls := troubled(midnight, "")
	out := adviceFor(t, calls, adviceConfig+"    # a comment\n")
	for _, want := range []string{"The configured input_tokens limit of pool opus-5 was never used: no call went there.", "Budget ghosts is for app ghost, of whom there was no call."} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("advice:\n%s\nwant %q", out, want)
		}
	}
	narrow(t, out)
	overruled := "limits:\n  - {pool: sonnet-5, limiter: input_tokens, limit: 2000000, per: 1m}\nbudgets:\n  - {name: chat, app: chat, tokens: 1000, per: day}\n"
	out = adviceFor(t, calls, overruled)
	if !strings.Contains(strings.Join(strings.Fields(out), " "), "limit of pool sonnet-5, 2M a minute, is not used: the headers say 10k.") || strings.Contains(out, "Budget") {
		t.Errorf("advice:\n%s\nwant that the headers overrule the configured limit, and nothing of the budget", out)
	}
	rows, err := csv.NewReader(strings.NewReader(adviceFor(t, calls, overruled, "-o", "csv"))).ReadAll()
	if err != nil || len(rows) < 6 || !slices.Equal(rows[0], []string{"kind", "subject", "what", "numbers", "do"}) {
		t.Errorf("advice as CSV = %q, %v", rows, err)
	}
}

// Where there is little to go by nothing is said.
func TestAdviceOnThinData(t *testing.T) {
	now := time.Now().UTC()
	out := adviceFor(t, troubled(now.Truncate(24*time.Hour), "")[:150], "")
	if !strings.Contains(out, "Nothing can be said yet: 150 calls in this time; advice takes 200.") {
		t.Errorf("advice on 150 calls:\n%s", out)
	}
	if out := adviceFor(t, nil, adviceConfig, "-o", "json"); out != "[]\n" {
		t.Errorf("advice on nothing as JSON = %q; want []", out)
	}
}
