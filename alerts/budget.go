package alerts

import (
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Period is what a budget is for. Periods are those of the calendar in UTC: an hour begins with its full hour.
type Period string

// The periods of budgets.
const (
	PerHour  Period = "hour"
	PerDay   Period = "day"
	PerMonth Period = "month"
)

// Bounds returns the period that a time is in. The zero times say that there is no such period.
func (p Period) Bounds(t time.Time) (begin, end time.Time) {
	t = t.UTC()
	y, m, d := t.Date()
	switch p {
	case PerHour:
		begin = t.Truncate(time.Hour)
		return begin, begin.Add(time.Hour)
	case PerDay:
		begin = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		return begin, begin.AddDate(0, 0, 1)
	case PerMonth:
		begin = time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
		return begin, begin.AddDate(0, 1, 0)
	default:
		return time.Time{}, time.Time{}
	}
}

// The kinds of subjects that budgets are for.
const (
	ByUser      = "user"
	ByApp       = "app"
	ByWorkspace = "workspace"
)

// EachSubject stands for every subject of the kind, each with the whole budget.
const EachSubject = "*"

// Budget is what a user, an app or a workspace may use in a period: tokens or USD, exactly one of them.
type Budget struct {
	Name    string
	By      string // ByUser, ByApp or ByWorkspace
	Subject string // its name, or EachSubject
	Tokens  int64  // input, output and cache writes; what is read from the cache is nearly free and does not count
	USD     float64
	Per     Period
}

func (b *Budget) validate() error {
	begin, _ := b.Per.Bounds(time.Unix(0, 0))
	switch {
	case b.Name == "":
		return fmt.Errorf("budget of %s %s: no name", b.By, b.Subject)
	case b.By != ByUser && b.By != ByApp && b.By != ByWorkspace:
		return fmt.Errorf("budget %s: %q is no kind of subject", b.Name, b.By)
	case b.Subject == "":
		return fmt.Errorf("budget %s: no %s", b.Name, b.By)
	case (b.Tokens > 0) == (b.USD > 0) || b.Tokens < 0 || b.USD < 0:
		return fmt.Errorf("budget %s: %d tokens, %g USD: exactly one must be above 0", b.Name, b.Tokens, b.USD)
	case begin.IsZero():
		return fmt.Errorf("budget %s: per %q: must be %s, %s or %s", b.Name, b.Per, PerHour, PerDay, PerMonth)
	default:
		return nil
	}
}

// Spent is what a subject used since some time.
type Spent struct {
	Subject  string
	Tokens   int64   // as Budget counts them
	USD      float64 // of the calls whose cost is known
	Priced   int64   // calls whose cost is known
	Unpriced int64   // tokens, cache reads included, of the calls whose cost is not
}

func (s Spent) plus(o Spent) Spent {
	return Spent{s.Subject, s.Tokens + o.Tokens, s.USD + o.USD, s.Priced + o.Priced, s.Unpriced + o.Unpriced}
}

// used returns the used part of a budget. It is unknown where nothing is known of the cost.
func (b *Budget) used(s Spent) claude.Opt[float64] {
	switch {
	case b.Tokens > 0:
		return claude.Some(float64(s.Tokens) / float64(b.Tokens))
	case s.Priced == 0 && s.Unpriced > 0:
		return claude.Opt[float64]{}
	default:
		return claude.Some(s.USD / b.USD)
	}
}

func budgetRule() rule {
	return rule{
		RuleInfo: RuleInfo{
			Name: "budget_high", Severity: Warning, Enabled: true,
			Help: "A user, an app or a workspace has used 80 % of its budget of an hour, a day or a month; from 100 % on the alert is critical.",
			Fire: claude.Some(0.80), FireIs: "used part of the budget", Critical: claude.Some(1.0),
		},
		unit:  "ratio",
		ready: func(s *scene) bool { return s.budgets.ready(s.Now) },
		evaluate: func(r *rule, s *scene) []finding {
			var found []finding
			s.budgets.each(func(b *Budget, spent Spent) {
				used, ok := b.used(spent).Get()
				if !ok || used < r.Fire.Or(1) {
					return
				}
				_, end := b.Per.Bounds(s.Now)
				found = append(found, finding{
					labels: labels("budget", b.Name, b.By, spent.Subject), condition: Fire, value: claude.Some(used), endsAt: end,
					severity: r.graver(used), facts: func(a *Alert) Facts { return budgetFacts(a, b, spent, s.Now) },
				})
			})
			return found
		},
	}
}

// BudgetUse is how much of a budget a subject has used in the present period.
type BudgetUse struct {
	Budget  string
	Subject string
	Used    claude.Opt[float64]
}

// BudgetUses returns what is used of each budget now, for the metrics. It is empty until the store has been asked.
func (e *Engine) BudgetUses(now time.Time) []BudgetUse {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.budgets.ready(now) {
		return nil
	}
	var uses []BudgetUse
	e.budgets.each(func(b *Budget, s Spent) { uses = append(uses, BudgetUse{b.Name, s.Subject, b.used(s)}) })
	return uses
}

func budgetFacts(a *Alert, b *Budget, s Spent, now time.Time) Facts {
	what := fmt.Sprintf("%s tokens", grouped(b.Tokens))
	spent := grouped(s.Tokens) + " tokens"
	if b.USD > 0 {
		what, spent = dollars(b.USD), dollars(s.USD)
	}
	_, end := b.Per.Bounds(now)
	f := Facts{
		Title: fmt.Sprintf("%s %s has used %s of its budget of %s a %s (%s)", b.By, s.Subject, percent(a.Value), what, b.Per, b.Name),
		Fields: []Field{
			{"Used", spent},
			{"Budget", what + " a " + string(b.Per)},
			{"Now", percent(a.Value)},
			{"Begins anew", fmt.Sprintf("%s (in %s)", clock(end, now), Span(end.Sub(now)))},
		},
	}
	if b.USD > 0 && s.Unpriced > 0 {
		f.Fields = append(f.Fields, Field{"Not in it", fmt.Sprintf("the unknown cost of %s tokens", grouped(s.Unpriced))})
	}
	f.Do = []string{fmt.Sprintf("Tell %s: claudewatch watches and stops nobody.", s.Subject), "Move what can wait to a smaller model or to the Message Batches API, at half the price."}
	return f
}

func dollars(usd float64) string { return fmt.Sprintf("$%.2f", usd) }
