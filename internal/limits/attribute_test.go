package limits

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/claudewatch/claudewatch/claude"
)

func TestAttribution(t *testing.T) {
	withHeaders := func(organization string) claude.Call {
		c := callAt(0, inputTokens(60_000, 60_000, 0))
		c.Organization = organization
		return c
	}
	anonymous := using(0, 60_000, 0)
	anonymous.Organization, anonymous.Workspace = "", ""

	tr := newTracker(t, Options{})
	applyNew(tr, anonymous, withHeaders("org"))
	near(t, "load of the only bucket", levelOf(t, tr, "input_tokens", after(0)).Load2m, 0.5, 1e-9)

	applyNew(tr, withHeaders("org2"))
	for _, l := range tr.Levels(after(0)) {
		if l.Load2m.Known() {
			t.Errorf("load of %+v = %v; want unknown: the call may be of either", l.Bucket, l.Load2m)
		}
	}

	other := using(0, 60_000, 0)
	other.Organization = "org3"
	tr = newTracker(t, Options{})
	applyNew(tr, withHeaders("org"), other)
	if l := levelOf(t, tr, "input_tokens", after(0)); l.Load2m.Known() {
		t.Errorf("load of %+v = %v; want unknown: the calls are of another organization", l.Bucket, l.Load2m)
	}
}

func TestHeadersWinOverConfiguration(t *testing.T) {
	tr := limited(t)
	c := using(0, 60_000, 0)
	c.Readings = []claude.Reading{inputTokens(600_000, 540_000, 6)}
	applyNew(tr, c)
	l := levelOf(t, tr, "input_tokens", after(0))
	near(t, "load", l.Load2m, 0.05, 1e-9)
	if l.From != claude.LimitFromHeaders || l.Limit != claude.Some[int64](600_000) {
		t.Errorf("limit = %v from %s; want that of the headers", l.Limit, l.From)
	}
}

func TestConsumers(t *testing.T) {
	tr := limited(t)
	for i, in := range []int64{5000, 3000, 1000, 600, 400} {
		c := using(0, in, 1)
		c.App, c.User = fmt.Sprint("app-", i), "u"
		applyNew(tr, c)
	}
	b := claude.Bucket{Provider: "anthropic", Organization: "org", Workspace: "ws", Pool: "sonnet-5", Limiter: "input_tokens"}
	want := []claude.Consumer{
		{App: "app-0", User: "u", Model: "claude-sonnet-5", Share: 0.5},
		{App: "app-1", User: "u", Model: "claude-sonnet-5", Share: 0.3},
		{App: "app-2", User: "u", Model: "claude-sonnet-5", Share: 0.1},
	}
	if diff := cmp.Diff(want, tr.Consumers(b, after(500)), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("consumers (-want +got):\n%s", diff)
	}
	b.Limiter = "requests"
	if got := tr.Consumers(b, after(500)); len(got) != 3 || got[0].Share != 0.2 {
		t.Errorf("consumers of requests = %v; want 3 with a fifth each", got)
	}
	if got := tr.Consumers(b, after(600)); len(got) != 0 {
		t.Errorf("consumers after 10 minutes = %v; want none", got)
	}
	b.Limiter = "unified_5h"
	if got := tr.Consumers(b, after(0)); len(got) != 0 {
		t.Errorf("consumers of a window = %v; want none", got)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	tr := newTracker(t, Options{MaxBuckets: 50})
	for i := range 30_000 {
		c := using(float64(i)/1000, 1, 1)
		c.User = fmt.Sprint("u-", i)
		if i%100 == 0 {
			c.Organization = fmt.Sprint("org-", i)
			c.Readings = []claude.Reading{inputTokens(1e6, 1e6, c.Time.Sub(t0).Seconds())}
		}
		applyNew(tr, c)
	}
	s := tr.Stats()
	if s.Buckets != 50 || s.Evicted != 2*(300-50)+1 {
		t.Errorf("stats = %+v; want 50 buckets and 501 evictions, one of the common callers", s)
	}
	if tr.names > maxConsumers || tr.usages != 50 {
		t.Errorf("%d names of %d groups; want at most %d of 50", tr.names, tr.usages, maxConsumers)
	}
	tr.Levels(after(3600))
	if tr.names != 0 {
		t.Errorf("%d names after an hour; want none", tr.names)
	}
	tr.Levels(after(25 * 3600))
	if s := tr.Stats(); s.Buckets != 0 || tr.usages != 0 {
		t.Errorf("stats = %+v, %d groups after a day; want none", s, tr.usages)
	}
}

func TestLateCallAfterExpiry(t *testing.T) {
	tr := limited(t)
	applyNew(tr, using(0, 1, 1))
	tr.Levels(after(1200))
	applyNew(tr, using(1, 1, 1))
	if got := levelOf(t, tr, "requests", after(1200)); got.Load10m != claude.Some(0.0) {
		t.Errorf("load = %v; want 0", got.Load10m)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{MaxBuckets: -1}, "max buckets -1: below 0"},
		{Options{Limits: []Limit{{Limiter: "requests", Limit: 1}}}, "limit of requests: no pool"},
		{Options{Limits: []Limit{{Pool: "p", Limiter: "unified_5h", Limit: 1}}}, `limit of pool p: limiter "unified_5h" counts nothing that calls tell`},
		{Options{Limits: []Limit{{Pool: "p", Limiter: "requests"}}}, "limit of pool p, requests: 0 is not above 0"},
		{Options{Limits: []Limit{{Pool: "p", Limiter: "requests", Limit: 1, Per: -time.Second}}}, "limit of pool p, requests: per -1s is below 0"},
	} {
		if _, err := New(tt.o); err == nil || err.Error() != tt.want {
			t.Errorf("New(%+v) = %v; want %s", tt.o, err, tt.want)
		}
	}
}
