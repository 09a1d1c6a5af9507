package config

import (
	"fmt"

	"github.com/claudewatch/claudewatch/claude"
)

// Budget is what a user, an app or a workspace may use in a period: exactly one of the three is set, "*" stands for each of them, and
// exactly one of Tokens and USD.
type Budget struct {
	Name      string              `yaml:"name"`
	User      string              `yaml:"user,omitempty"`
	App       string              `yaml:"app,omitempty"`
	Workspace string              `yaml:"workspace,omitempty"`
	Tokens    int64               `yaml:"tokens,omitempty"` // input, output and cache writes
	USD       claude.Opt[float64] `yaml:"usd,omitzero"`
	Per       string              `yaml:"per"` // hour, day or month, of the calendar in UTC
}

// Of returns the kind of subject that the budget is for and its name.
func (b *Budget) Of() (by, subject string) {
	switch {
	case b.User != "":
		return "user", b.User
	case b.App != "":
		return "app", b.App
	default:
		return "workspace", b.Workspace
	}
}

func (k *check) budgets() {
	seen := map[string]bool{}
	for i := range k.c.Budgets {
		b, p := &k.c.Budgets[i], fmt.Sprintf("budgets[%d]", i)
		switch {
		case b.Name == "":
			k.fault(p+".name", "write one, messages show it", "it is missing")
		case seen[b.Name]:
			k.fault(p+".name", "", "there is a budget %s already", show(b.Name))
		}
		seen[b.Name] = true
		k.text(p+".name", b.Name)
		k.subject(p, b)
		k.amount(p, b)
		k.oneOf(p+".per", b.Per, "hour", "day", "month")
	}
}

// subject wants exactly one of user, app and workspace.
func (k *check) subject(path string, b *Budget) {
	given := 0
	for key, text := range map[string]string{"user": b.User, "app": b.App, "workspace": b.Workspace} {
		k.text(path+"."+key, text)
		if text != "" {
			given++
		}
	}
	switch {
	case given == 0:
		k.fault(path, `name one, as in app: shop, or user: "*" for each user`, "the budget is for nobody: there is no user, app or workspace")
	case given > 1:
		k.fault(path, "make a budget of each", "a budget is for one of user, app and workspace")
	}
}

// amount wants exactly one of tokens and USD, above 0.
func (k *check) amount(path string, b *Budget) {
	tokens, usd := k.given(path+".tokens"), k.given(path+".usd")
	switch v := b.USD.Or(1); {
	case tokens && usd:
		k.fault(path+".usd", "make a budget of each", "a budget is in tokens or in USD")
	case tokens && b.Tokens <= 0:
		k.fault(path+".tokens", "", "%d is not above 0", b.Tokens)
	case usd && v <= 0:
		k.fault(path+".usd", "", "%g is not above 0", v)
	case b.Tokens == 0 && !b.USD.Known():
		k.fault(path, "write tokens: 50000 or usd: 400", "the budget has no amount")
	}
}
