package collector

import "testing"

func TestJoin(t *testing.T) {
	of := func(source string, b Batch) Batch { b.Source = source; return b }
	count := func(kind CountKind, reason string, n int64, sample string) Count {
		return Count{Source: "w", Kind: kind, Reason: reason, N: n, Sample: sample}
	}
	keyed := batchOf("b", "c")
	keyed.Keys = []string{"", "k"}
	keyed.Counts = []Count{count(CountLines, "json", 2, ""), count(CountRejected, "bad", 1, "one")}
	plain := batchOf("d")
	plain.Counts = []Count{count(CountRejected, "bad", 2, "two"), count(CountSkipped, "bad", 4, ""), count(CountLines, "json", 3, "")}
	tailed := batchOf("t")
	tailed.Positions = []Position{{ID: "1"}}
	more := Batch{Positions: []Position{{ID: "2"}}}
	joined, into := join([]Batch{of("w", batchOf("a")), of("w", keyed), of("w", plain), of("t", tailed), of("t", more), of("w", batchOf("e"))})
	first := of("w", batchOf("a", "b", "c", "d"))
	first.Keys = []string{"", "", "k", ""}
	first.Counts = []Count{count(CountLines, "json", 5, ""), count(CountRejected, "bad", 3, "one"), count(CountSkipped, "bad", 4, "")}
	second := of("t", batchOf("t"))
	second.Positions = []Position{{ID: "1"}, {ID: "2"}}
	wantEqual(t, "join", joined, []Batch{first, second, of("w", batchOf("e"))})
	wantEqual(t, "places", into, []int{0, 0, 0, 1, 1, 2})
	wantEqual(t, "counts of a joined batch", keyed.Counts[0].N, int64(2))
}

// A joined batch is unanswered only where nobody looks at any of its changes.
func TestJoinOfUnanswered(t *testing.T) {
	quiet := func(names ...string) Batch {
		b := batchOf(names...)
		b.Unanswered = true
		return b
	}
	for _, c := range []struct {
		batches []Batch
		want    bool
	}{
		{[]Batch{quiet("a")}, true},
		{[]Batch{quiet("a"), quiet("b")}, true},
		{[]Batch{quiet("a"), batchOf("b")}, false},
		{[]Batch{batchOf("a"), quiet("b")}, false},
	} {
		if joined, _ := join(c.batches); len(joined) != 1 || joined[0].Unanswered != c.want {
			t.Errorf("join(%v) = %v; want unanswered %v", c.batches, joined, c.want)
		}
	}
}

func TestGroupRefusesKeysThatDontMatch(t *testing.T) {
	g, err := NewGroup(GroupOptions{Sink: &slowSink{}})
	if err != nil {
		t.Fatal(err)
	}
	b := batchOf("a", "b")
	b.Keys = []string{"k"}
	if _, err := g.Commit(t.Context(), b); err == nil {
		t.Error("Commit() of one key for two calls = nil; want an error")
	}
}
