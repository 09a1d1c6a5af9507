package claude

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestClean(t *testing.T) {
	c := Call{
		App: "a\x00b\n\xffc", User: "x" + strings.Repeat("ü", 200), Model: "us.anthropic.claude-opus-5", Time: utc.In(time.FixedZone("", 3600)),
		Readings: []Reading{{Limiter: "unified_5h", Status: "re\x1bjected"}},
	}
	c.Clean()
	if c.App != "abc" || len(c.User) > maxText || !utf8.ValidString(c.User) || c.Pool != "opus-5" || c.Provider != "bedrock" ||
		c.Time.Location() != time.UTC || c.Readings[0].Status != "rejected" {
		t.Errorf("Clean() left %+v; want short clean texts, UTC, pool and provider", c)
	}
	named := Call{Model: "claude-opus-5", Pool: "mine", Provider: "proxy"}
	if named.Clean(); named.Pool != "mine" || named.Provider != "proxy" {
		t.Errorf("Clean() left %+v; want the names of the record", named)
	}
	synthetic := Call{Model: "<synthetic>"}
	if synthetic.Clean(); synthetic.Model != "" || synthetic.Pool != "" {
		t.Errorf("Clean() left %+v; want no model", synthetic)
	}
}

func TestValidate(t *testing.T) {
	reading := func(r Reading) Call { return Call{Readings: []Reading{r}} }
	for _, tt := range []struct {
		c    Call
		want string
	}{
		{Call{Status: 42}, "status 42: out of range 100 to 599"},
		{Call{Time: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)}, "time 1999-01-01T00:00:00Z: out of range 2000 to 2199"},
		{Call{DurationSeconds: Some(-1.0)}, "duration_seconds -1: out of range 0 to 1e7"},
		{Call{RetryAfterSeconds: Some(1e11)}, "retry_after_seconds 1e+11: out of range 0 to 1e10"},
		{Call{Retry: Some[int64](-1)}, "retry -1: out of range 0 to 1e6"},
		{Call{Usage: Usage{OutputTokens: Some[int64](-1)}}, "usage.output_tokens -1: out of range 0 to 1e9"},
		{reading(Reading{}), `readings: limiter of 0 bytes: not 1 to 40 of a-z, 0-9 and _`},
		{reading(Reading{Limiter: "A b"}), `readings: limiter of 3 bytes: not 1 to 40 of a-z, 0-9 and _`},
		{reading(Reading{Limiter: "requests", Limit: Some[int64](-1)}), "readings: requests.limit -1: out of range 0 to 1e15"},
		{reading(Reading{Limiter: "requests", Remaining: Some[int64](2e15)}), "readings: requests.remaining 2000000000000000: out of range 0 to 1e15"},
		{reading(Reading{Limiter: "unified_5h", Utilization: Some(math.NaN())}), "readings: unified_5h.utilization NaN: out of range 0 to 1000"},
		{reading(Reading{Limiter: "requests", Reset: time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)}), "readings: requests.reset 1969-01-01T00:00:00Z: out of range 1970 to 2199"},
		{Call{Readings: make([]Reading, 33)}, "readings: 33 of them: more than 32"},
	} {
		if err := tt.c.Validate(); err == nil || err.Error() != tt.want {
			t.Errorf("Validate(%+v) = %v; want %s", tt.c, err, tt.want)
		}
	}
	c := whole()
	if err := c.Validate(); err != nil {
		t.Errorf("Validate(%+v) = %v; want no error", c, err)
	}
	if err := (&Call{}).Validate(); err != nil {
		t.Errorf("Validate() of an empty call = %v; want no error", err)
	}
}

func TestCallAsJSON(t *testing.T) {
	c := whole()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Call
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, back, cmpOpts); diff != "" {
		t.Errorf("call after JSON (-want +got):\n%s", diff)
	}
	if data, err := json.Marshal(Call{}); err != nil || string(data) != "{}" {
		t.Errorf("json.Marshal(Call{}) = %s, %v; want {}: unknown is left out", data, err)
	}
}

func TestLevelUsed(t *testing.T) {
	some := Some[float64]
	for _, tt := range []struct {
		l    Level
		want Opt[float64]
	}{
		{Level{}, Opt[float64]{}},
		{Level{Fill: some(0.3)}, some(0.3)},
		{Level{Load2m: some(0.9)}, Opt[float64]{}},
		{Level{Load2m: some(0.9), Load10m: some(0.7)}, some(0.7)},
		{Level{Fill: some(0.8), Load2m: some(0.9), Load10m: some(0.7)}, some(0.8)},
		{Level{Fill: some(0.0), Load2m: some(0.5), Load10m: some(0.7)}, some(0.5)},
	} {
		if got := tt.l.Used(); got != tt.want {
			t.Errorf("Used(%+v) = %v; want %v", tt.l, got, tt.want)
		}
	}
}

func TestSourceHabit(t *testing.T) {
	var s SourceActivity
	s.Deliver(utc)
	s.Deliver(utc.Add(time.Hour))
	s.Deliver(utc.Add(time.Hour)) // no gap
	if s.LongestGap != time.Hour || !s.First.Equal(utc) || !s.Last.Equal(utc.Add(time.Hour)) {
		t.Errorf("activity = %+v; want a gap of an hour", s)
	}
	for at := utc.Add(2 * time.Hour); at.Before(utc.Add(170 * time.Hour)); at = at.Add(time.Minute) {
		s.Deliver(at)
	}
	if s.LongestGap < 25*time.Minute || s.LongestGap > 35*time.Minute {
		t.Errorf("longest gap after a week = %v; want about half an hour", s.LongestGap)
	}
}
