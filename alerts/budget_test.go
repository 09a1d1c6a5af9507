package alerts

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// ledger is a Ledger of what was used, by kind of subject.
type ledger struct {
	spent map[string][]Spent
	err   error
	asked int
}

func (l *ledger) Spent(_ context.Context, by string, _ time.Time, _ int) ([]Spent, error) {
	l.asked++
	return l.spent[by], l.err
}

func budgetEngine(t *testing.T, s *memory, l *ledger, budgets ...Budget) *Engine {
	t.Helper()
	return newEngine(t, s, func(o *EngineOptions) { o.Ledger, o.Budgets = l, budgets })
}

func used(at time.Time, tokens int64) claude.Change {
	return call(at, 200, func(c *claude.Call) {
		c.User, c.Usage.InputTokens, c.Usage.CacheReadInputTokens = "u-1", claude.Some(tokens), claude.Some[int64](1_000_000)
	})
}

func TestBudgetOfEachUser(t *testing.T) {
	s := newMemory()
	l := &ledger{spent: map[string][]Spent{ByUser: {{Subject: "u-1", Tokens: 30_000}, {Subject: "u-2", Tokens: 10_000}}}}
	e := budgetEngine(t, s, l, Budget{Name: "free", By: ByUser, Subject: EachSubject, Tokens: 50_000, Per: PerHour})
	evaluate(t, e, t0)
	if got := firingRules(e); got != nil {
		t.Fatalf("firing at 60 %% = %v; want none", got)
	}
	e.Observe([]claude.Change{used(t0, 10_000)}, t0) // cache reads don't count
	evaluate(t, e, t0.Add(time.Second))
	a := e.Firing()
	if len(a) != 1 || a[0].Severity != Warning || a[0].Labels["user"] != "u-1" || a[0].Value != 0.8 {
		t.Fatalf("firing at 80 %% = %+v; want a warning of u-1", a)
	}
	told := a[0].Revision
	e.Observe([]claude.Change{used(t0, 10_000)}, t0)
	evaluate(t, e, t0.Add(2*time.Second))
	if a = e.Firing(); len(a) != 1 || a[0].Severity != Critical || a[0].Revision != told+1 {
		t.Fatalf("firing at 100 %% = %+v; want it critical and told at once", a)
	}
	l.spent = map[string][]Spent{}
	evaluate(t, e, t0.Truncate(time.Hour).Add(time.Hour))
	if got := firingRules(e); got != nil {
		t.Errorf("firing in the next hour = %v; want none", got)
	}
}

func TestBudgetAsksTheStoreSeldom(t *testing.T) {
	l := &ledger{spent: map[string][]Spent{ByApp: {{Subject: "shop", Tokens: 1}}}}
	e := budgetEngine(t, newMemory(), l, Budget{Name: "shop", By: ByApp, Subject: "shop", Tokens: 100, Per: PerDay})
	for i := range 100 {
		evaluate(t, e, t0.Add(time.Duration(i)*time.Second))
	}
	if l.asked != 1 {
		t.Errorf("the store was asked %d times in 100 s; want once", l.asked)
	}
	evaluate(t, e, t0.Add(ledgerEvery))
	if l.asked != 2 {
		t.Errorf("the store was asked %d times in 5 min; want twice", l.asked)
	}
}

// What was counted since the store was asked must not be counted again when it is asked anew.
func TestBudgetCountsOnce(t *testing.T) {
	l := &ledger{spent: map[string][]Spent{ByUser: {{Subject: "u-1", Tokens: 1000}}}}
	e := budgetEngine(t, newMemory(), l, Budget{Name: "b", By: ByUser, Subject: "u-1", Tokens: 10_000, Per: PerDay})
	evaluate(t, e, t0)
	e.Observe([]claude.Change{used(t0, 500)}, t0)
	l.spent[ByUser] = []Spent{{Subject: "u-1", Tokens: 1500}}
	evaluate(t, e, t0.Add(ledgerEvery))
	if got := e.BudgetUses(t0.Add(ledgerEvery)); len(got) != 1 || got[0].Used != claude.Some(0.15) {
		t.Errorf("uses = %v; want 15 %%", got)
	}
	l.err = errors.New("database is locked")
	e.Observe([]claude.Change{used(t0, 500)}, t0)
	evaluate(t, e, t0.Add(2*ledgerEvery))
	if got := e.BudgetUses(t0.Add(2 * ledgerEvery)); len(got) != 1 || got[0].Used != claude.Some(0.2) {
		t.Errorf("uses while the store can't be asked = %v; want 20 %%", got)
	}
}

// After a restart nobody knows what was used until the store has been asked: an alert stays as it was.
func TestBudgetIsNotResolvedByNotKnowing(t *testing.T) {
	s := newMemory()
	l := &ledger{spent: map[string][]Spent{ByUser: {{Subject: "u-1", Tokens: 9000}}}}
	b := Budget{Name: "b", By: ByUser, Subject: "u-1", Tokens: 10_000, Per: PerDay}
	evaluate(t, budgetEngine(t, s, l, b), t0)
	l.err = errors.New("database is locked")
	e := budgetEngine(t, s, l, b)
	evaluate(t, e, t0.Add(time.Minute))
	if got := firingRules(e); !slices.Equal(got, []string{"budget_high"}) {
		t.Errorf("firing while the store can't be asked = %v; want budget_high", got)
	}
}

func TestBudgetInUSDTellsWhatItDoesNotKnow(t *testing.T) {
	l := &ledger{spent: map[string][]Spent{ByApp: {{Subject: "shop", USD: 350, Priced: 10, Unpriced: 12_000}, {Subject: "free", Unpriced: 5000}}}}
	e := budgetEngine(t, newMemory(), l,
		Budget{Name: "apps", By: ByApp, Subject: EachSubject, USD: 400, Per: PerMonth})
	evaluate(t, e, t0)
	a := e.Firing()
	if len(a) != 1 || a[0].Labels["app"] != "shop" {
		t.Fatalf("firing = %+v; want shop", a)
	}
	if got := a[0].Facts.Fields[len(a[0].Facts.Fields)-1]; !strings.Contains(got.Value, "12,000 tokens") {
		t.Errorf("last field = %v; want the tokens whose cost is unknown", got)
	}
	for _, u := range e.BudgetUses(t0) {
		if u.Subject == "free" && u.Used.Known() {
			t.Errorf("use of an app without a known cost = %v; want unknown, not 0", u.Used)
		}
	}
}

func TestPeriods(t *testing.T) {
	at := time.Date(2026, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600)) // already January in UTC
	for p, want := range map[Period][2]string{
		PerHour:  {"2027-01-01T00:00:00Z", "2027-01-01T01:00:00Z"},
		PerDay:   {"2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"},
		PerMonth: {"2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"},
	} {
		begin, end := p.Bounds(at)
		if got := [2]string{begin.Format(time.RFC3339), end.Format(time.RFC3339)}; got != want {
			t.Errorf("%s.Bounds(%v) = %v; want %v", p, at, got, want)
		}
	}
}

func TestBudgetsAreRefused(t *testing.T) {
	fine := Budget{Name: "b", By: ByUser, Subject: "u", Tokens: 1, Per: PerDay}
	if err := fine.validate(); err != nil {
		t.Fatalf("validate(%+v) = %v", fine, err)
	}
	for name, change := range map[string]func(*Budget){
		"no name":    func(b *Budget) { b.Name = "" },
		"no kind":    func(b *Budget) { b.By = "model" },
		"nobody":     func(b *Budget) { b.Subject = "" },
		"no amount":  func(b *Budget) { b.Tokens = 0 },
		"two":        func(b *Budget) { b.USD = 1 },
		"no period":  func(b *Budget) { b.Per = "week" },
		"below zero": func(b *Budget) { b.Tokens = -1 },
	} {
		b := fine
		change(&b)
		if _, err := New(EngineOptions{Store: newMemory(), Budgets: []Budget{b}}); err == nil {
			t.Errorf("%s: New with %+v = nil; want an error", name, b)
		}
	}
}
