package collector

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sender commits batches one after the other, as a source does, and remembers what it was told.
type sender struct {
	name   string
	random *rand.Rand
	told   map[string]bool // of every call whether it was said to be stored
}

func (s *sender) run(g *Group) {
	left := ids(s.name, 60)
	for len(left) > 0 {
		n := min(len(left), s.random.IntN(4))
		part := left[:n]
		left = left[n:]
		if s.random.IntN(20) == 0 {
			part = append(slices.Clone(part), "bad")
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(s.random.IntN(60))*time.Millisecond)
		changes, err := g.Commit(ctx, batchOf(part...))
		cancel()
		for _, id := range part {
			s.told[id] = err == nil
		}
		for i, ch := range changes {
			if ch.After.RequestID != part[i] {
				s.told[ch.After.RequestID+" is another's"] = true
			}
		}
		<-time.After(time.Duration(s.random.IntN(15)) * time.Millisecond)
	}
}

// What a caller is told is the truth, whatever meets: nothing is lost or doubled, and each source's calls are stored in its order.
func TestGroupRandom(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			sink := &slowSink{takes: time.Duration(1+random.IntN(20)) * time.Millisecond}
			sink.fails = func(int) error {
				if random.IntN(10) == 0 {
					return errTestFull
				}
				return nil
			}
			g := startGroup(t, GroupOptions{Sink: sink, Queue: 1 + random.IntN(8), Calls: 1 + random.IntN(12)})
			var senders []*sender
			var wg sync.WaitGroup
			for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
				s := &sender{name, rand.New(rand.NewPCG(seed, uint64(name[0]))), map[string]bool{}}
				senders = append(senders, s)
				wg.Go(func() { s.run(g) })
			}
			wg.Wait()
			synctest.Wait()
			checkTruth(t, senders, sink.stored())
			if len(g.slots) != 0 || len(g.waiting) != 0 {
				t.Errorf("seed %d: %d slots taken and %d waiting in the end; want none", seed, len(g.slots), len(g.waiting))
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		})
	}
}

func checkTruth(t *testing.T, senders []*sender, stored []string) {
	t.Helper()
	for _, s := range senders {
		var want, got []string
		for _, id := range ids(s.name, 60) {
			if s.told[id] {
				want = append(want, id)
			}
			delete(s.told, id)
		}
		delete(s.told, "bad")
		for _, id := range stored {
			if strings.HasPrefix(id, s.name) {
				got = append(got, id)
			}
		}
		wantEqual(t, "stored of "+s.name, got, want)
		wantEqual(t, "told besides", s.told, map[string]bool{})
	}
}
