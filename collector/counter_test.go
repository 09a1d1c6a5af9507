package collector

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCounter(t *testing.T) {
	var c Counter
	if !c.Empty() || c.Take("app") != nil {
		t.Error("a new Counter is not empty")
	}
	c.Add(Outcome{Format: "json"})
	c.Add(Outcome{Skipped: "not claude"})
	c.Add(Outcome{Skipped: "other"})
	c.Add(Outcome{Format: "json", Rejected: "bad"})
	c.Add(Outcome{Format: "json", Rejected: "bad", Detail: "field x"})
	c.AddN(Outcome{Format: "json", Rejected: "bad", Detail: "field y"}, 3)
	want := []Count{
		{Source: "app", Kind: CountLines, Reason: "json", N: 6},
		{Source: "app", Kind: CountLines, Reason: "other", N: 2},
		{Source: "app", Kind: CountRejected, Reason: "bad", N: 5, Sample: "field x"},
		{Source: "app", Kind: CountSkipped, Reason: "not claude", N: 1},
		{Source: "app", Kind: CountSkipped, Reason: "other", N: 1},
	}
	if diff := cmp.Diff(want, c.Take("app")); diff != "" {
		t.Errorf("Take(app) (-want +got):\n%s", diff)
	}
	if !c.Empty() {
		t.Error("after Take the Counter is not empty")
	}
}
