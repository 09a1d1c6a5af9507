package alerts

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Ledger knows what was used: the sums that the store keeps.
type Ledger interface {
	// Spent returns what each user, app or workspace (by) used in calls from a full hour on, those that used the most first, at
	// most limit of them. Who is not known is left out.
	Spent(ctx context.Context, by string, since time.Time, limit int) ([]Spent, error)
}

const (
	// ledgerEvery is how often the store is asked. In between the changes that the engine sees are added.
	ledgerEvery = 5 * time.Minute
	ledgerRetry = 15 * time.Second
	// maxSubjects bounds how many users a budget is watched for; the rest have used the least.
	maxSubjects = 10_000
)

// budgetBook holds the sums that budgets are about: what the store said, and what came since.
type budgetBook struct {
	budgets  []Budget
	accounts map[accountKey]*account
}

type accountKey struct {
	by  string
	per Period
}

// account is the sums of one kind of subject in one period. A change that is observed after the store was asked, and stored before it
// answers, may be in both base and fresh until the store is asked again: a budget may alert minutes early, never late.
type account struct {
	begin  time.Time // of the period that base is of
	asked  time.Time // when base was asked for; zero: never, or that failed
	tried  time.Time
	base   map[string]Spent
	fresh  map[string]Spent
	fresh0 time.Time // of the period that fresh is of
}

func (b *budgetBook) configure(budgets []Budget) {
	old := b.accounts
	b.budgets, b.accounts = slices.Clone(budgets), map[accountKey]*account{}
	for _, budget := range budgets {
		k := accountKey{budget.By, budget.Per}
		if b.accounts[k] = old[k]; b.accounts[k] == nil {
			b.accounts[k] = &account{fresh: map[string]Spent{}}
		}
	}
}

// ready reports whether the store has told of the present periods.
func (b *budgetBook) ready(now time.Time) bool {
	for k, a := range b.accounts {
		if begin, _ := k.per.Bounds(now); a.asked.IsZero() || !a.begin.Equal(begin) {
			return false
		}
	}
	return true
}

// observe adds a change to the periods of its call.
func (b *budgetBook) observe(c *claude.Change) {
	if len(b.accounts) == 0 {
		return
	}
	t := c.Tally()
	s := Spent{Tokens: t.Tokens.Input + t.Tokens.Output + t.Tokens.CacheWrite(), USD: t.CostUSD}
	if c.New && c.After.CostUSD.Known() {
		s.Priced = 1
	} else if c.New {
		s.Unpriced = s.Tokens + t.Tokens.CacheRead
	}
	for k, a := range b.accounts {
		if s.Subject = subjectOf(&c.After, k.by); s.Subject != "" {
			begin, _ := k.per.Bounds(c.After.Time)
			a.add(begin, s)
		}
	}
}

func (a *account) add(begin time.Time, s Spent) {
	switch {
	case begin.After(a.fresh0): // a period has begun
		a.fresh0, a.fresh = begin, map[string]Spent{}
	case begin.Before(a.fresh0):
		return
	}
	if _, known := a.fresh[s.Subject]; known || len(a.fresh) < maxSubjects {
		a.fresh[s.Subject] = a.fresh[s.Subject].plus(s)
		f := a.fresh[s.Subject]
		f.Subject = s.Subject
		a.fresh[s.Subject] = f
	}
}

func subjectOf(c *claude.Call, by string) string {
	switch by {
	case ByUser:
		return c.User
	case ByApp:
		return c.App
	default:
		return c.Workspace
	}
}

// total returns what a subject used in the period.
func (a *account) total(subject string) Spent {
	s := a.base[subject]
	if a.fresh0.Equal(a.begin) {
		s = s.plus(a.fresh[subject])
	}
	s.Subject = subject
	return s
}

func (a *account) subjects() []string {
	var all []string
	for name := range a.base {
		all = append(all, name)
	}
	for name := range a.fresh {
		if _, ok := a.base[name]; !ok {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// each calls f for each budget and each of its subjects.
func (b *budgetBook) each(f func(*Budget, Spent)) {
	for i := range b.budgets {
		budget := &b.budgets[i]
		a := b.accounts[accountKey{budget.By, budget.Per}]
		if budget.Subject != EachSubject {
			f(budget, a.total(budget.Subject))
			continue
		}
		for _, name := range a.subjects() {
			f(budget, a.total(name))
		}
	}
}

// due returns the accounts that the store should be asked for, each emptied of what the store knows by now.
func (b *budgetBook) due(now time.Time) []accountKey {
	var keys []accountKey
	for k, a := range b.accounts {
		begin, _ := k.per.Bounds(now)
		stale := a.asked.IsZero() || !a.begin.Equal(begin) || now.Sub(a.asked) >= ledgerEvery || now.Before(a.asked)
		if stale && (a.tried.IsZero() || now.Sub(a.tried).Abs() >= ledgerRetry) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(x, y accountKey) int { return cmp.Or(cmp.Compare(x.by, y.by), cmp.Compare(x.per, y.per)) })
	return keys
}

// refreshBudgets asks the store for the sums that are old. Calls that are stored while it is asked count as new ones.
func (e *Engine) refreshBudgets(ctx context.Context, now time.Time) {
	e.mu.Lock()
	due := e.budgets.due(now)
	e.mu.Unlock()
	for _, k := range due {
		begin, _ := k.per.Bounds(now)
		before := e.setAside(k, now)
		spent, err := e.ledger.Spent(ctx, k.by, begin, maxSubjects)
		if err != nil && ctx.Err() == nil {
			e.log.Warn("ask the store for what budgets are about", "by", k.by, "per", string(k.per), "error", err)
		}
		e.take(k, begin, now, spent, before, err)
	}
}

// setAside begins to count anew and returns what was counted.
func (e *Engine) setAside(k accountKey, now time.Time) map[string]Spent {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.budgets.accounts[k]
	if a == nil { // the configuration has changed
		return nil
	}
	before := a.fresh
	a.tried, a.fresh = now, map[string]Spent{}
	return before
}

// take takes the store's sums, or after an error counts on.
func (e *Engine) take(k accountKey, begin, now time.Time, spent []Spent, before map[string]Spent, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.budgets.accounts[k]
	switch {
	case a == nil:
	case err != nil:
		for name, s := range before {
			s = s.plus(a.fresh[name])
			s.Subject = name
			a.fresh[name] = s
		}
	default:
		a.begin, a.asked, a.base = begin, now, make(map[string]Spent, len(spent))
		for _, s := range spent {
			a.base[s.Subject] = s
		}
	}
}
