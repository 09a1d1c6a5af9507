package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

const testWorkspace = "wrkspc_01Test"

// newTestAPI returns an API on a leaping clock, served on a real port.
func newTestAPI(t *testing.T, limits Limits) (*API, Clock, string) {
	t.Helper()
	clock := Leaping(noon)
	a, err := NewAPI(APIOptions{
		Limits: map[claude.Pool]Limits{"sonnet-5": limits, "haiku-4.5": limits}, Keys: map[string]Key{"k": {"shop", testWorkspace}},
		Organization: "0b1c2d3e-0000-4000-8000-000000000001", Seed: 7, Clock: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return a, clock, server.URL
}

type reply struct {
	status int
	header http.Header
	body   string
}

func post(t *testing.T, url, model string, d *Demand) reply {
	t.Helper()
	body := fmt.Sprintf(`{"model":%q,"max_tokens":1000,"messages":[{"role":"user","content":"hello"}]}`, model)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/messages", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", "k")
	req.Header.Set("Anthropic-Version", "2023-06-01")
	if d != nil {
		req.Header.Set(DemandHeader, d.String())
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(data)}
}

func TestAnswerHeadersSayWhatTheBucketsHold(t *testing.T) {
	a, clock, url := newTestAPI(t, Limits{60, 100_000, 20_000})
	r := post(t, url, "claude-haiku-4-5", &Demand{Input: 10_400, Output: 800, CacheRead: 50_000, CacheWrite5m: 2_000})
	if r.status != 200 {
		t.Fatalf("status = %d, body %s; want 200", r.status, r.body)
	}
	h, errs := claude.ParseHeaders(func(yield func(string, string) bool) {
		for k, v := range r.header {
			if !yield(k, v[0]) {
				return
			}
		}
	})
	if len(errs) > 0 {
		t.Fatalf("ParseHeaders: %v", errs)
	}
	if h.Organization != "0b1c2d3e-0000-4000-8000-000000000001" || h.Workspace != testWorkspace || !strings.HasPrefix(h.RequestID, "req_01") {
		t.Errorf("who = %q %q %q", h.Organization, h.Workspace, h.RequestID)
	}
	if now := clock.Now().Truncate(time.Second); !h.Date.Equal(now) {
		t.Errorf("date = %v; want %v", h.Date, now)
	}
	got := map[claude.Limiter]claude.Reading{}
	for _, reading := range h.Readings {
		got[reading.Limiter] = reading
	}
	truth := a.Truth()
	for l, limit := range map[claude.Limiter]int64{"requests": 60, "input_tokens": 100_000, "output_tokens": 20_000} {
		b := truth.Bucket("haiku-4.5", l)
		want := b.Remaining
		if l != "requests" {
			want = (b.Remaining + 500) / 1000 * 1000
		}
		checkReading(t, got[l], limit, want)
		if d := got[l].Reset.Sub(later(b.Full, truth.At)); d < 0 || d >= time.Second {
			t.Errorf("%s reset is %v after the bucket is full; want within a second", l, d)
		}
	}
	in, out := got["input_tokens"].Remaining.Or(-1), got["output_tokens"].Remaining.Or(-1)
	checkReading(t, got["tokens"], 120_000, in+out)
	if len(got) != 4 {
		t.Errorf("families = %v; want four", got)
	}
}

func checkReading(t *testing.T, r claude.Reading, limit, remaining int64) {
	t.Helper()
	if got := r.Limit.Or(-1); got != limit {
		t.Errorf("%s limit = %d; want %d", r.Limiter, got, limit)
	}
	if got := r.Remaining.Or(-1); got != remaining {
		t.Errorf("%s remaining = %d; want %d", r.Limiter, got, remaining)
	}
}

func TestAnswerBody(t *testing.T) {
	_, _, url := newTestAPI(t, Limits{60, 100_000, 20_000})
	d := Demand{Input: 12, Output: 34, CacheRead: 56, CacheWrite5m: 78, CacheWrite1h: 90}
	r := post(t, url, "claude-haiku-4-5", &d)
	var m struct {
		Model string
		ID    string
		Usage json.RawMessage
	}
	if err := json.Unmarshal([]byte(r.body), &m); err != nil {
		t.Fatal(err)
	}
	if m.Model != "claude-haiku-4-5-20251001" || !strings.HasPrefix(m.ID, "msg_01") {
		t.Errorf("model %q, id %q; want the dated model and a message id", m.Model, m.ID)
	}
	u, err := claude.ParseUsage(m.Usage)
	if err != nil {
		t.Fatal(err)
	}
	if got := Demand(u.Tokens()); got != d {
		t.Errorf("usage = %v; want %v", got, d)
	}
	if u.CacheCreationInputTokens.Or(0) != 168 {
		t.Errorf("cache_creation_input_tokens = %v; want 168", u.CacheCreationInputTokens)
	}
}

func TestInputIsCorrectedToWhatWasUsed(t *testing.T) {
	a, _, url := newTestAPI(t, Limits{60, 100_000, 1_000_000})
	post(t, url, "claude-sonnet-5", &Demand{Input: 90_000, Output: 1})
	b := a.Truth().Bucket("sonnet-5", "input_tokens")
	at := noon.Add(54 * time.Second) // 90 % of a minute, had all been charged at noon
	if d := b.Full.Sub(at); d < -time.Second || d > time.Second {
		t.Errorf("full at %v; want %v: the estimate must be corrected", b.Full, at)
	}
}

func TestOutputIsChargedThoughItExceedsTheLimit(t *testing.T) {
	a, _, url := newTestAPI(t, Limits{60, 100_000, 1_000})
	big := &Demand{Input: 1, Output: 1000}
	if r := post(t, url, "claude-sonnet-5", big); r.status != 200 {
		t.Fatalf("status = %d; want 200: what is produced is not cut", r.status)
	}
	if got := a.Truth().Bucket("sonnet-5", "output_tokens").Fill; got < 0.7 {
		t.Errorf("fill = %v; want above 0.7", got)
	}
}

func TestRefusalsThatWaitingHelpsPassAfterRetryAfter(t *testing.T) {
	for limiter, c := range map[claude.Limiter]struct {
		limits Limits
		d      Demand
	}{
		"input_tokens":  {Limits{6000, 30_000, 1_000_000}, Demand{Input: 9_000, Output: 2}},
		"output_tokens": {Limits{6000, 30_000_000, 500}, Demand{Input: 1, Output: 400}},
		"requests":      {Limits{3, 30_000_000, 1_000_000}, Demand{Input: 1, Output: 1}},
	} {
		t.Run(string(limiter), func(t *testing.T) {
			a, clock, url := newTestAPI(t, c.limits)
			var r reply
			for range 20 {
				if r = post(t, url, "claude-sonnet-5", &c.d); r.status != 200 {
					break
				}
			}
			if r.status != 429 {
				t.Fatalf("no refusal in 20 calls")
			}
			if got := a.Truth().Causes[claude.Cause(limiter)]; got != 1 {
				t.Errorf("causes = %v; want one of %s", a.Truth().Causes, limiter)
			}
			checkCause(t, r, claude.CauseRateLimit, limiter)
			after, err := strconv.Atoi(r.header.Get("Retry-After"))
			if err != nil || after < 1 {
				t.Fatalf("retry-after = %q; want seconds", r.header.Get("Retry-After"))
			}
			sleep(t, clock, time.Duration(after)*time.Second)
			if r = post(t, url, "claude-sonnet-5", &c.d); r.status != 200 {
				t.Errorf("status after waiting %d s = %d; want 200", after, r.status)
			}
		})
	}
}

// checkCause reads a refusal as an agent would: the cause is the limiter that shows 0 left, else the plain one.
func checkCause(t *testing.T, r reply, plain claude.Cause, limiter claude.Limiter) {
	t.Helper()
	var h claude.Headers
	for k, v := range r.header {
		if err := h.Add(k, v[0]); err != nil {
			t.Error(err)
		}
	}
	no, err := claude.ParseRefusal([]byte(r.body))
	if err != nil {
		t.Fatalf("ParseRefusal(%s): %v", r.body, err)
	}
	c := claude.Call{Status: r.status}
	h.Apply(&c)
	c.Refuse(no, true)
	if c.Cause != plain && c.Cause != claude.Cause(limiter) {
		t.Errorf("cause = %s; want %s or %s", c.Cause, plain, limiter)
	}
	if no.RequestID != r.header.Get("Request-Id") {
		t.Errorf("request id in the body = %q, in the header %q; want the same", no.RequestID, r.header.Get("Request-Id"))
	}
}

func TestRefusalShowsNothingLeftIfSoWanted(t *testing.T) {
	for _, zero := range []bool{false, true} {
		a, _, url := newTestAPI(t, Limits{600, 50_000, 1_000_000})
		a.zero = zero
		var r reply
		for r.status != http.StatusTooManyRequests {
			r = post(t, url, "claude-sonnet-5", &Demand{Input: 20_000, Output: 1})
		}
		input, output := r.header.Get("Anthropic-Ratelimit-Input-Tokens-Remaining"), r.header.Get("Anthropic-Ratelimit-Output-Tokens-Remaining")
		if got := input == "0"; got != zero || output == "0" {
			t.Errorf("zero on refusal %v: %s input and %s output tokens left", zero, input, output)
		}
	}
}

func sleep(t *testing.T, c Clock, d time.Duration) {
	t.Helper()
	if err := c.Sleep(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

func TestSwitches(t *testing.T) {
	a, _, url := newTestAPI(t, Limits{600, 100_000, 20_000})
	small := &Demand{Input: 10, Output: 1}

	a.SetOverload(1)
	r := post(t, url, "claude-sonnet-5", small)
	if r.status != 529 || r.header.Get("X-Should-Retry") != "true" || r.header.Get("Retry-After") != "" {
		t.Errorf("overloaded: status %d, header %v", r.status, r.header)
	}
	checkCause(t, r, claude.CauseOverloaded, "")
	a.SetOverload(0)

	a.SetSpendCap(true)
	r = post(t, url, "claude-sonnet-5", small)
	if r.status != 429 || r.header.Get("Retry-After") != "" {
		t.Errorf("capped: status %d, retry-after %q; want 429 without", r.status, r.header.Get("Retry-After"))
	}
	checkCause(t, r, claude.CauseSpendCap, "")
	a.SetSpendCap(false)

	a.SetRamp(Ramp{Factor: 2, Floor: 0.01})
	r = post(t, url, "claude-sonnet-5", &Demand{Input: 40_000, Output: 1})
	if r.status != 429 || r.header.Get("Retry-After") == "" {
		t.Errorf("ramped: status %d, retry-after %q; want 429 with", r.status, r.header.Get("Retry-After"))
	}
	checkCause(t, r, claude.CauseAcceleration, "")
	a.SetRamp(Ramp{})

	if r = post(t, url, "claude-sonnet-5", small); r.status != 200 {
		t.Errorf("status with all off = %d; want 200", r.status)
	}
	want := map[int]int64{200: 1, 429: 2, 529: 1}
	if diff := cmp.Diff(want, a.Truth().All.Status); diff != "" {
		t.Errorf("books (-want +got):\n%s", diff)
	}
	if got, want := a.Truth().All.Tokens, (claude.Tokens{Input: 10, Output: 1}); got != want {
		t.Errorf("tokens in the books = %+v; want %+v: refused calls use none", got, want)
	}
}

func TestOutputEndsAtMaxTokens(t *testing.T) {
	a, _, url := newTestAPI(t, Limits{600, 100_000, 20_000})
	post(t, url, "claude-sonnet-5", &Demand{Input: 1, Output: 1500})
	if got := a.Truth().All.Tokens.Output; got != 1000 {
		t.Errorf("output = %d; want 1000, the request's max_tokens", got)
	}
}

// TestRequestsWithoutADemandAreMeasured serves clients that know nothing of the simulation, such as curl.
func TestRequestsWithoutADemandAreMeasured(t *testing.T) {
	a, _, url := newTestAPI(t, Limits{600, 100_000, 20_000})
	if r := post(t, url, "claude-sonnet-5", nil); r.status != http.StatusOK {
		t.Fatalf("status = %d, body %s; want 200", r.status, r.body)
	}
	if got := a.Truth().All.Tokens; got.Input == 0 || got.Output == 0 {
		t.Errorf("tokens = %+v; want some input and output", got)
	}
}

func TestInvalidRequests(t *testing.T) {
	a, _, url := newTestAPI(t, Limits{600, 100_000, 20_000})
	for _, c := range []struct {
		name, path, key, version, body string
		status                         int
	}{
		{"wrong key", "/v1/messages", "x", "2023-06-01", `{}`, 401},
		{"no version", "/v1/messages", "k", "", `{}`, 400},
		{"other path", "/v1/complete", "k", "2023-06-01", `{}`, 404},
		{"no json", "/v1/messages", "k", "2023-06-01", `{`, 400},
		{"no max_tokens", "/v1/messages", "k", "2023-06-01", `{"model":"claude-sonnet-5","messages":[{}]}`, 400},
		{"no messages", "/v1/messages", "k", "2023-06-01", `{"model":"claude-sonnet-5","max_tokens":5}`, 400},
		{"unknown model", "/v1/messages", "k", "2023-06-01", `{"model":"claude-nope-9","max_tokens":5,"messages":[{}]}`, 404},
	} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, url+c.path, strings.NewReader(c.body))
		req.Header = http.Header{"X-Api-Key": {c.key}}
		if c.version != "" {
			req.Header.Set("Anthropic-Version", c.version)
		}
		w := httptest.NewRecorder()
		a.ServeHTTP(w, req)
		if w.Code != c.status || w.Header().Get("X-Should-Retry") != "false" {
			t.Errorf("%s: status %d, x-should-retry %q; want %d, false", c.name, w.Code, w.Header().Get("X-Should-Retry"), c.status)
		}
		if known := w.Header().Get("Anthropic-Workspace-Id") != ""; known != (c.status != 401) {
			t.Errorf("%s: workspace shown %v; want it for valid keys only", c.name, known)
		}
	}
	if got := a.Truth().Bucket("sonnet-5", "requests").Fill; got != 0 {
		t.Errorf("fill after invalid requests = %v; want 0", got)
	}
}

func TestNewAPIRefusesNonsense(t *testing.T) {
	good := APIOptions{Limits: map[claude.Pool]Limits{"sonnet-5": {1, 1, 1}}, Keys: map[string]Key{"k": {}}}
	for name, spoil := range map[string]func(*APIOptions){
		"no limits":  func(o *APIOptions) { o.Limits = nil },
		"zero limit": func(o *APIOptions) { o.Limits = map[claude.Pool]Limits{"sonnet-5": {1, 0, 1}} },
		"no keys":    func(o *APIOptions) { o.Keys = nil },
		"ramp":       func(o *APIOptions) { o.Ramp.Floor = 2 },
	} {
		o := good
		o.Keys = maps.Clone(good.Keys)
		spoil(&o)
		if _, err := NewAPI(o); err == nil {
			t.Errorf("NewAPI with %s = nil error; want one", name)
		}
	}
}

func FuzzParseDemand(f *testing.F) {
	f.Add(Demand{1, 2, 3, 4, 5}.String())
	f.Add("in=1 out=2")
	f.Add("in=-1 out=0 read=0 write5m=0 write1h=0")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDemand(s)
		if err != nil {
			return
		}
		if d.String() != strings.TrimSpace(s) || d.Input < 0 || d.Output < 0 {
			t.Errorf("ParseDemand(%q) = %v; want what it says", s, d)
		}
	})
}
