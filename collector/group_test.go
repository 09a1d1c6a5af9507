package collector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

var (
	errTestFull = errors.New("disk full")
	errTestBad  = errors.New("bad batch")
)

// slowSink stores batches by their request ids, a transaction in takes time. A batch that holds a call "bad" fails.
type slowSink struct {
	takes  time.Duration
	fails  func(try int) error // what is wrong with the sink at that try; nil for nothing ever
	tries  int
	groups []string // the ids of each transaction that was committed
}

func (s *slowSink) CommitAll(ctx context.Context, batches []Batch) ([][]claude.Change, error) {
	s.tries++
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.fails != nil {
		if err := s.fails(s.tries); err != nil {
			return nil, err
		}
	}
	var changes [][]claude.Change
	var ids []string
	for _, b := range batches {
		var of []claude.Change
		for _, c := range b.Calls {
			if c.RequestID == "bad" {
				return nil, errTestBad
			}
			of = append(of, claude.Change{After: c, New: true})
			ids = append(ids, c.RequestID)
		}
		changes = append(changes, of)
	}
	s.groups = append(s.groups, strings.Join(ids, " "))
	return changes, nil
}

func (s *slowSink) stored() []string { return strings.Fields(strings.Join(s.groups, " ")) }

// startGroup runs a group until the test's bubble ends.
func startGroup(t *testing.T, o GroupOptions) *Group {
	t.Helper()
	o.Broken = func(err error) bool { return errors.Is(err, errTestFull) }
	g, err := NewGroup(o)
	if err != nil {
		t.Fatalf("NewGroup() = %v; want nil", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- g.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run() = %v; want nil", err)
		}
	})
	return g
}

func batchOf(ids ...string) Batch {
	var b Batch
	for _, id := range ids {
		b.Calls = append(b.Calls, claude.Call{RequestID: id})
	}
	return b
}

// answers gathers what concurrent commits came to.
type answers struct {
	got chan string
}

// commit begins a commit and returns when it waits.
func (a *answers) commit(ctx context.Context, g *Group, ids ...string) {
	go func() {
		changes, err := g.Commit(ctx, batchOf(ids...))
		text := strings.Join(ids, "+") + ":"
		for _, ch := range changes {
			text += " " + ch.After.RequestID
		}
		if err != nil {
			text += " " + err.Error()
		}
		a.got <- text
	}()
	synctest.Wait()
}

// all returns n answers, sorted.
func (a *answers) all(n int) []string {
	var all []string
	for range n {
		all = append(all, <-a.got)
	}
	slices.Sort(all)
	return all
}

func newAnswers() *answers { return &answers{make(chan string, 100)} }

func wantEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestGroupGathersWhileATransactionRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: time.Second}
		g := startGroup(t, GroupOptions{Sink: sink, Calls: 5})
		a := newAnswers()
		begin := time.Now()
		a.commit(t.Context(), g, "a") // nothing else comes: it is begun at once
		a.commit(t.Context(), g, "b", "c")
		a.commit(t.Context(), g, "d")
		a.commit(t.Context(), g)
		a.commit(t.Context(), g, "e", "f")
		a.commit(t.Context(), g, "g")
		a.commit(t.Context(), g, "h", "i", "j", "k", "l", "m") // more than a transaction takes, but a batch is not divided
		wantEqual(t, "answers", a.all(7), []string{":", "a: a", "b+c: b c", "d: d", "e+f: e f", "g: g", "h+i+j+k+l+m: h i j k l m"})
		wantEqual(t, "transactions", sink.groups, []string{"a", "b c d e f", "g", "h i j k l m"})
		wantEqual(t, "time", time.Since(begin), 4*time.Second)
	})
}

func TestGroupWaitsForCompanyWhereThereWasSome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: 20 * time.Millisecond}
		g := startGroup(t, GroupOptions{Sink: sink})
		a := newAnswers()
		for _, id := range []string{"a", "b", "c", "d"} {
			a.commit(t.Context(), g, id)
		}
		a.all(4) // in two transactions, the second of three
		begin := time.Now()
		a.commit(t.Context(), g, "e")
		<-time.After(5 * time.Millisecond)
		a.commit(t.Context(), g, "f")
		a.commit(t.Context(), g, "g") // as many as before: nothing more to wait for
		a.all(3)
		wantEqual(t, "time of three", time.Since(begin), 25*time.Millisecond)
		begin = time.Now()
		a.commit(t.Context(), g, "h")
		a.all(1)
		wantEqual(t, "time of one that waits in vain, as long as a transaction takes", time.Since(begin), 40*time.Millisecond)
		begin = time.Now()
		a.commit(t.Context(), g, "i")
		a.all(1)
		wantEqual(t, "time of one without company", time.Since(begin), 20*time.Millisecond)
		sink.takes = time.Second
		a.commit(t.Context(), g, "j")
		a.commit(t.Context(), g, "k")
		a.commit(t.Context(), g, "l")
		a.all(3)
		begin = time.Now()
		a.commit(t.Context(), g, "m")
		a.all(1)
		wantEqual(t, "time of one that waits in vain after a long transaction", time.Since(begin), time.Second+longestLinger)
		wantEqual(t, "transactions", sink.groups, []string{"a", "b c d", "e f g", "h", "i", "j", "k l", "m"})
	})
}

func TestGroupCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: time.Second}
		g := startGroup(t, GroupOptions{Sink: sink})
		a := newAnswers()
		ctx, cancel := context.WithCancel(t.Context())
		a.commit(ctx, g, "begun")
		a.commit(ctx, g, "waiting")
		a.commit(t.Context(), g, "other")
		cancel()
		a.commit(ctx, g, "late")
		wantEqual(t, "answers", a.all(4), []string{"begun: begun", "late: context canceled", "other: other", "waiting: context canceled"})
		wantEqual(t, "transactions", sink.groups, []string{"begun", "other"})
	})
}

func TestGroupBadBatchFailsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: time.Second}
		g := startGroup(t, GroupOptions{Sink: sink})
		a := newAnswers()
		a.commit(t.Context(), g, "a")
		a.commit(t.Context(), g, "b")
		a.commit(t.Context(), g, "bad")
		a.commit(t.Context(), g, "c")
		wantEqual(t, "answers", a.all(4), []string{"a: a", "b: b", "bad: bad batch", "c: c"})
		wantEqual(t, "transactions", sink.groups, []string{"a", "b", "c"})
	})
}

func TestGroupTellsOfABrokenSinkOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: time.Second, fails: func(try int) error {
			switch try {
			case 2:
				return errTestFull
			case 5: // the second of those that are tried alone
				return errTestFull
			}
			return nil
		}}
		g := startGroup(t, GroupOptions{Sink: sink})
		a := newAnswers()
		for _, id := range []string{"a", "b", "c", "d"} {
			a.commit(t.Context(), g, id)
		}
		wantEqual(t, "answers", a.all(4), []string{"a: a", "b: disk full", "c: disk full", "d: disk full"})
		wantEqual(t, "tries while the disk is full", sink.tries, 2)
		<-time.After(time.Second) // nobody waits for company any more
		for _, id := range []string{"e", "bad", "f", "g"} {
			a.commit(t.Context(), g, id)
		}
		// 3 is e. 4 is the other three, of which one is bad; 5 is bad by itself, and by then the disk is full.
		wantEqual(t, "answers", a.all(4), []string{"bad: disk full", "e: e", "f: disk full", "g: disk full"})
		wantEqual(t, "tries", sink.tries, 5)
		a.commit(t.Context(), g, "h")
		wantEqual(t, "answers after it", a.all(1), []string{"h: h"})
	})
}

func TestGroupQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: time.Second}
		g := startGroup(t, GroupOptions{Sink: sink, Queue: 2})
		a := newAnswers()
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			a.commit(t.Context(), g, id)
		}
		synctest.Wait()
		if n := len(g.waiting); n != 2 {
			t.Errorf("batches that wait = %d; want 2", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := g.Commit(ctx, batchOf("f")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Commit() without room until its context ended = %v; want deadline exceeded", err)
		}
		wantEqual(t, "answers", a.all(5), []string{"a: a", "b: b", "c: c", "d: d", "e: e"})
		slices.Sort(sink.groups) // d and e got room at the same time
		if n := len(sink.groups); n != 3 || sink.groups[1] != "b c" {
			t.Errorf("transactions = %q; want a, then b c, then d and e", sink.groups)
		}
	})
}

func TestGroupStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: time.Second}
		g, err := NewGroup(GroupOptions{Sink: sink, Queue: 1})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go g.Run(ctx) //nolint:errcheck // it returns nil
		a := newAnswers()
		a.commit(t.Context(), g, "begun")
		a.commit(t.Context(), g, "waiting")
		a.commit(t.Context(), g, "outside")
		cancel()
		wantEqual(t, "answers", a.all(3), []string{"begun: context canceled", "outside: storing has stopped", "waiting: storing has stopped"})
		a.commit(t.Context(), g, "late")
		wantEqual(t, "answers", a.all(1), []string{"late: storing has stopped"})
		wantEqual(t, "transactions", len(sink.groups), 0)
	})
}

func TestNewGroupRefuses(t *testing.T) {
	for name, o := range map[string]GroupOptions{
		"no sink": {}, "negative queue": {Sink: &slowSink{}, Queue: -1}, "negative calls": {Sink: &slowSink{}, Calls: -1},
	} {
		if _, err := NewGroup(o); err == nil {
			t.Errorf("NewGroup(%s) = nil; want an error", name)
		}
	}
	if _, err := NewGroup(GroupOptions{Sink: &slowSink{}}); err != nil {
		t.Errorf("NewGroup() = %v; want nil", err)
	}
}

func ids(source string, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%s%d", source, i))
	}
	return all
}

// Who commits an unanswered batch gets no changes, and its neighbours get theirs.
func TestGroupAnswersWhoLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startGroup(t, GroupOptions{Sink: &slowSink{takes: time.Second}})
		var got answers
		got.got = make(chan string, 3)
		got.commit(t.Context(), g, "first") // the others wait for it
		silent := make(chan string, 1)
		go func() {
			b := batchOf("a", "b")
			b.Unanswered = true
			changes, err := g.Commit(t.Context(), b)
			silent <- fmt.Sprint(len(changes), err)
		}()
		synctest.Wait()
		got.commit(t.Context(), g, "c")
		want := []string{"c: c", "first: first"}
		if diff := cmp.Diff(want, got.all(2)); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
		if s := <-silent; s != "0 <nil>" {
			t.Errorf("Commit() of an unanswered batch = %s; want 0 changes and nil", s)
		}
	})
}
