package metrics_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/metrics"
)

func TestSetUsers(t *testing.T) {
	reg := prometheus.NewRegistry()
	m, err := metrics.New(metrics.Options{Registerer: reg, Users: []string{"ann", "bob"}})
	if err != nil {
		t.Fatal(err)
	}
	called := func(users ...string) {
		for _, u := range users {
			m.Apply([]claude.Change{{New: true, Live: true, After: claude.Call{User: u, Status: 200}}})
		}
	}
	called("ann", "bob", "cid")
	if err := m.SetUsers([]string{"bob", "cid"}); err != nil {
		t.Fatal(err)
	}
	called("ann", "bob", "cid")
	want := `
# HELP claude_user_requests_total Calls of the users that the configuration lists. Starts anew with the agent.
# TYPE claude_user_requests_total counter
claude_user_requests_total{user="bob"} 2
claude_user_requests_total{user="cid"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), metrics.UserRequests); err != nil {
		t.Error(err)
	}
	if err := m.SetUsers([]string{""}); err == nil {
		t.Error("SetUsers with a user without a name = nil; want an error")
	}
}

// Users change while calls are counted; the race detector looks on.
func TestSetUsersWhileCounting(t *testing.T) {
	reg := prometheus.NewRegistry()
	m, err := metrics.New(metrics.Options{Registerer: reg})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 500 {
			m.Apply([]claude.Change{{New: true, Live: true, After: claude.Call{User: "ann", Status: 200}}})
		}
	})
	for range 100 {
		for _, users := range [][]string{{"ann"}, nil, {"ann", "bob"}} {
			if err := m.SetUsers(users); err != nil {
				t.Fatal(err)
			}
		}
	}
	wg.Wait()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	listed := 0
	for _, f := range families {
		if f.GetName() == metrics.UserRequests {
			listed = len(f.GetMetric())
		}
	}
	if listed != 2 {
		t.Errorf("%d users are listed at the end; want 2", listed)
	}
}
