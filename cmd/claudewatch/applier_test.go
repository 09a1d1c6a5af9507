package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// gatedApplier is an applier whose transactions, told apart by their times, are applied when gate lets them.
func gatedApplier() (a *applier, gate chan struct{}, applied *[]time.Duration) {
	gate, applied = make(chan struct{}), new([]time.Duration)
	return newApplier(func(c committed) {
		<-gate
		*applied = append(*applied, c.took)
	}), gate, applied
}

func TestApplierKeepsTheOrderAndHoldsUpTheThird(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, gate, applied := gatedApplier()
		go a.Run()
		put := 0
		go func() {
			for i := range 4 {
				a.put(committed{took: time.Duration(i)})
				put++
			}
			a.close()
		}()
		synctest.Wait()
		if put != 2 {
			t.Fatalf("%d transactions handed over while the first is applied; want it and one that waits", put)
		}
		gate <- struct{}{}
		synctest.Wait()
		if put != 3 || len(*applied) != 1 {
			t.Fatalf("%d handed over and %d applied after the first; want 3 and 1", put, len(*applied))
		}
		close(gate)
		synctest.Wait()
		if diff := cmp.Diff([]time.Duration{0, 1, 2, 3}, *applied); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
	})
}

func TestApplierEndsWithEverythingApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, gate, applied := gatedApplier()
		ended := false
		go func() { a.Run(); ended = true }()
		a.put(committed{took: 1})
		a.put(committed{took: 2})
		a.close()
		synctest.Wait()
		if ended {
			t.Fatal("Run ended before what was handed over was applied")
		}
		close(gate)
		synctest.Wait()
		if !ended || len(*applied) != 2 {
			t.Errorf("ended %t with %d applied; want true, 2", ended, len(*applied))
		}
	})
}

func TestAnswersShowWhatWasCommittedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, gate, applied := gatedApplier()
		go a.Run()
		defer a.close()
		shown := -1
		h := a.before(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { shown = len(*applied) }))
		ask := func(ctx context.Context) {
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/metrics", nil))
		}
		if ask(t.Context()); shown != 0 {
			t.Fatalf("an idle applier showed %d; want 0 at once", shown)
		}
		a.put(committed{})
		go ask(t.Context())
		synctest.Wait()
		a.put(committed{}) // comes after the question and does not hold up its answer
		if shown != 0 {
			t.Fatal("answered before what was committed is applied")
		}
		gate <- struct{}{}
		synctest.Wait()
		if shown != 1 {
			t.Errorf("the answer showed %d applied; want 1", shown)
		}
		gone, cancel := context.WithCancel(t.Context())
		shown = -1
		go ask(gone)
		cancel()
		synctest.Wait()
		if shown != -1 {
			t.Error("answered a client that had gone")
		}
		if err := a.settled(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("settled() = %v; want %v", err, context.Canceled)
		}
		close(gate)
	})
}
