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

	"github.com/claudewatch/claudewatch/claude"
)

// sendInTurn has a sender commit one call after the other, each so long after the answer to the last, and returns when it has done so.
func sendInTurn(t *testing.T, g *Group, name string, n int, pause time.Duration) {
	t.Helper()
	for i := range n {
		b := Batch{Calls: []claude.Call{{RequestID: fmt.Sprintf("%s%d", name, i)}}}
		if i > 0 {
			<-time.After(pause)
			b.Pause = pause
		}
		if _, err := g.Commit(t.Context(), b); err != nil {
			t.Errorf("Commit(%s%d) = %v; want nil", name, i, err)
		}
	}
}

// sizes are how many calls each transaction had.
func sizes(groups []string) (n []int) {
	for _, g := range groups {
		n = append(n, len(strings.Fields(g)))
	}
	return n
}

// Senders who come right after their answers fall into step, and then a transaction has all of them: one that began without the others
// would keep them apart for ever.
func TestGroupWaitsForSendersWhoComeBackAtOnce(t *testing.T) {
	const senders, rounds, takes, pause = 8, 24, time.Millisecond, 1500 * time.Microsecond
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: takes}
		g := startGroup(t, GroupOptions{Sink: sink})
		ended := make(chan struct{})
		for i := range senders {
			go func() {
				sendInTurn(t, g, string(rune('a'+i)), rounds, pause)
				ended <- struct{}{}
			}()
			<-time.After(takes / 4) // they begin one after the other
		}
		for range senders {
			<-ended
		}
		got := sizes(sink.groups)
		n := len(got)
		wantEqual(t, "calls of the transactions after a while", got[n-12:n-4], slices.Repeat([]int{senders}, 8)) // in the end some are done earlier
	})
}

// Two senders are enough to wait for each other, and it takes them a pause and a transaction, not two transactions.
func TestGroupBringsTwoSendersIntoStep(t *testing.T) {
	const takes, pause = time.Millisecond, 100 * time.Microsecond
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: takes}
		g := startGroup(t, GroupOptions{Sink: sink})
		other := make(chan struct{})
		go func() {
			sendInTurn(t, g, "a", 10, pause)
			close(other)
		}()
		<-time.After(takes / 2)
		sendInTurn(t, g, "b", 9, pause)
		<-other
		wantEqual(t, "calls of the transactions", sizes(sink.groups), []int{1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2})
	})
}

// lone commits a call that comes after others, and returns how long that took.
func lone(t *testing.T, g *Group) time.Duration {
	t.Helper()
	begin := time.Now()
	if _, err := g.Commit(t.Context(), batchOf("lone")); err != nil {
		t.Errorf("Commit(lone) = %v; want nil", err)
	}
	return time.Since(begin)
}

// How long what comes after a transaction waits for the senders of that one, who do not come back.
func TestGroupWaitsForSendersInVain(t *testing.T) {
	const takes = time.Millisecond
	for _, tt := range []struct {
		name    string
		takes   time.Duration
		pauses  []time.Duration // of the batches of the transaction before
		waiting time.Duration
	}{
		{"prompt ones", takes, []time.Duration{takes, 2 * takes}, 3 * takes},
		{"one prompt one", takes, []time.Duration{takes, time.Hour}, 0}, // as many have come as are awaited
		{"unhurried ones", takes, []time.Duration{4 * takes, time.Hour}, takes},
		{"unknown ones", takes, []time.Duration{0, 0}, takes},
		{"a slow sink", 3 * takes, []time.Duration{takes, takes}, longestReturn},
		{"a slower sink", 20 * takes, []time.Duration{takes, takes}, 20 * takes},
		{"one alone", takes, []time.Duration{takes}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := startGroup(t, GroupOptions{Sink: &slowSink{takes: tt.takes}})
				ended := make(chan struct{})
				go lone(t, g) // while it is stored the others gather
				synctest.Wait()
				for i, pause := range tt.pauses {
					go func() {
						b := batchOf(fmt.Sprint(i))
						b.Pause = pause
						if _, err := g.Commit(t.Context(), b); err != nil {
							t.Errorf("Commit(%d) = %v; want nil", i, err)
						}
						ended <- struct{}{}
					}()
				}
				for range tt.pauses {
					<-ended
				}
				if got := lone(t, g); got != tt.waiting+tt.takes {
					t.Errorf("time of a call after %s = %s; want %s", tt.name, got, tt.waiting+tt.takes)
				}
			})
		})
	}
}

// More than a full house is not waited for, however many may come back.
func TestGroupDoesNotWaitForAHundred(t *testing.T) {
	const takes, late = time.Millisecond, 500 * time.Microsecond
	synctest.Test(t, func(t *testing.T) {
		g := startGroup(t, GroupOptions{Sink: &slowSink{takes: takes}})
		ended := make(chan struct{})
		commit := func(n int) {
			for range n {
				go func() {
					b := batchOf("a")
					b.Pause = 1
					if _, err := g.Commit(t.Context(), b); err != nil {
						t.Errorf("Commit(a) = %v; want nil", err)
					}
					ended <- struct{}{}
				}()
			}
			synctest.Wait()
		}
		wait := func(n int) {
			for range n {
				<-ended
			}
		}
		commit(1)
		commit(100) // they gather while the one is stored
		wait(101)
		begin := time.Now()
		commit(fullHouse - 1)
		<-time.After(late)
		commit(1)
		wait(fullHouse)
		wantEqual(t, "time of a full house whose last one is late", time.Since(begin), late+takes)
	})
}

func TestGroupGivesUpWhatItsSourceDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &slowSink{takes: time.Second}
		g := startGroup(t, GroupOptions{Sink: sink, Queue: 1})
		until, results := map[string]chan struct{}{}, map[string]chan error{}
		for _, id := range []string{"begun", "waiting", "outside"} {
			b := batchOf(id)
			until[id], results[id] = make(chan struct{}), make(chan error, 1)
			b.Until = until[id]
			go func() {
				_, err := g.Commit(t.Context(), b)
				results[id] <- err
			}()
			synctest.Wait()
		}
		begin := time.Now()
		for _, tt := range []struct {
			id   string
			want error
			took time.Duration
		}{{"outside", context.DeadlineExceeded, 0}, {"waiting", context.DeadlineExceeded, 0}, {"begun", nil, time.Second}} {
			close(until[tt.id])
			if err := <-results[tt.id]; !errors.Is(err, tt.want) || time.Since(begin) != tt.took {
				t.Errorf("Commit(%s) whose time is over = %v after %s; want %v after %s", tt.id, err, time.Since(begin), tt.want, tt.took)
			}
		}
		wantEqual(t, "transactions", sink.groups, []string{"begun"})
	})
}
