package config

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// severities returns the names of the severities, the least urgent first.
func severities() []string { return []string{"info", "warning", "critical"} }

func (k *check) alerts() {
	for _, name := range slices.Sorted(maps.Keys(k.c.Alerts)) {
		p := "alerts." + name
		rule, ok := k.c.rule(name)
		switch {
		case ok:
			a := k.c.Alerts[name]
			k.alertKeys(p, rule)
			k.thresholds(p, rule, a)
			k.alert(p, a)
		case slices.Contains(laterRules(), name):
			k.fault(p, "", "the rule is not supported by this version yet")
		default:
			k.errs = append(k.errs, at(k.c.nearest(p), "alerts", wrong(didYouMean(name, k.c.ruleNames()), "unknown rule %s", showKey(name))))
		}
	}
}

// alertKeys refuses the keys that the rule would ignore.
func (k *check) alertKeys(path string, rule Rule) {
	for _, key := range []string{"fire", "resolve", "for", "hold", "severity"} {
		if k.given(path+"."+key) && !slices.Contains(rule.Keys, key) {
			k.fault(path+"."+key, "", "the rule has no such setting")
		}
	}
}

// thresholds wants 0 < resolve < fire <= the rule's maximum. One that is not given counts as the rule has it.
func (k *check) thresholds(path string, rule Rule, a Alert) {
	fireFits, resolveFits := k.threshold(path+".fire", rule, a.Fire), k.threshold(path+".resolve", rule, a.Resolve)
	fire, ok := cmp.Or(a.Fire, rule.Fire).Get()
	resolve, both := cmp.Or(a.Resolve, rule.Resolve).Get()
	switch {
	case !ok || !both || resolve < fire || !fireFits || !resolveFits:
	case a.Resolve.Known():
		k.fault(path+".resolve", "", "%g is not below fire, %g", resolve, fire)
	case a.Fire.Known():
		k.fault(path+".fire", fmt.Sprintf("give resolve as well, below %g", fire), "%g is not above resolve, which is %g by default", fire, resolve)
	}
}

// threshold wants a number above 0 and not above the rule's maximum, and reports whether it is one. Unknown is fine.
func (k *check) threshold(path string, rule Rule, value claude.Opt[float64]) bool {
	v, ok := value.Get()
	most := rule.most()
	switch {
	case !ok || v > 0 && v <= most:
		return true
	case v <= 0:
		k.fault(path, "", "%g is not above 0", v)
	case rule.ratio() && v <= 100:
		k.fault(path, fmt.Sprintf("it is a ratio: write %g for %g %%", v/100, v), "%g is above %g", v, most)
	default:
		k.fault(path, "", "%g is above %g", v, most)
	}
	return false
}

func (k *check) alert(path string, a Alert) {
	for key, opt := range map[string]claude.Opt[Duration]{"for": a.For, "hold": a.Hold} {
		if d, ok := opt.Get(); ok && (d < 0 || d > day) {
			k.fault(path+"."+key, "", "%s is not between 0 and 1d", d)
		}
	}
	if a.Severity != "" {
		k.oneOf(path+".severity", a.Severity, severities()...)
	}
}

func (k *check) receivers() {
	for i := range k.c.Receivers {
		r, p := &k.c.Receivers[i], fmt.Sprintf("receivers[%d]", i)
		switch {
		case r.Slack == nil && r.Log == nil:
			k.fault(p, "write slack or log", "the receiver has no kind")
		case r.Slack != nil && r.Log != nil:
			k.fault(p, "begin each with a dash of its own", "slack and log are two receivers")
		case r.Slack != nil:
			k.slack(p+".slack", r.Slack)
		}
		for j, s := range r.Severity {
			k.oneOf(fmt.Sprintf("%s.severity[%d]", p, j), s, severities()...)
		}
	}
}

// slack wants exactly one credential, and a channel where the credential doesn't know its own.
func (k *check) slack(path string, s *Slack) {
	if gap, hint := s.gap(); gap != "" && k.c.environ {
		k.fault(path, hint, "%s", gap)
	}
	token, hook := s.credentials()
	switch {
	case token && hook:
		k.fault(path, "drop one of them", "there are both a token and a webhook URL")
	case hook && s.Channel != "":
		k.fault(path+".channel", "drop it", "an incoming webhook posts to a channel of its own")
	case hook && s.APIURL != "":
		k.fault(path+".api_url", "drop it", "an incoming webhook has an address of its own")
	}
	for _, key := range []string{"token", "webhook_url"} {
		if k.given(path+"."+key) && k.given(path+"."+key+"_file") {
			k.fault(path+"."+key+"_file", "set one of them", "both a secret and a file with it are given")
		}
	}
	k.text(path+".channel", s.Channel)
	if secretText.MatchString(s.Channel) {
		k.fault(path+".channel", "", "%s is no channel", show(s.Channel))
	}
	k.addresses(path, s)
}

// addresses checks the files and addresses of a receiver, and shows none of them: each may hold a secret.
func (k *check) addresses(path string, s *Slack) {
	k.secretFile(path+".token_file", s.TokenFile)
	k.secretFile(path+".webhook_url_file", s.WebhookURLFile)
	if !isHTTP(s.APIURL) && s.APIURL != "" || secretText.MatchString(s.APIURL) {
		k.fault(path+".api_url", "write http:// or https://, a host and a path", "the value is no plain address")
	}
	if hook := s.WebhookURL.Reveal(); hook != "" && !isHTTP(hook) {
		k.fault(path+".webhook_url", "it begins with https://", "the value is no address")
	}
}

// credentials reports whether there is a token, and whether there is a webhook URL, or a file with one.
func (s *Slack) credentials() (token, hook bool) {
	return !s.Token.IsZero() || s.TokenFile != "", !s.WebhookURL.IsZero() || s.WebhookURLFile != ""
}

// gap says what the receiver lacks that the environment may still give it; "" is nothing.
func (s *Slack) gap() (gap, hint string) {
	token, hook := s.credentials()
	switch {
	case !token && !hook:
		return "there is neither a token nor a webhook URL",
			"name a token_file or a webhook_url_file, or set CLAUDEWATCH_SLACK_TOKEN or CLAUDEWATCH_SLACK_WEBHOOK_URL"
	case token && !hook && s.Channel == "":
		return "a token needs a channel", `write it with quotes, as in channel: "#claude", or set CLAUDEWATCH_SLACK_CHANNEL`
	default:
		return "", ""
	}
}

// isHTTP reports whether a text is an HTTP address without a user, a query or a fragment.
func isHTTP(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}
