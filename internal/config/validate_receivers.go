package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func (k *check) receivers() {
	names := k.c.ReceiverNames()
	for i := range k.c.Receivers {
		r, p := &k.c.Receivers[i], fmt.Sprintf("receivers[%d]", i)
		k.kind(p, r)
		k.named(p, i, names)
		k.secrets(p, r)
		for j, s := range r.Severity {
			k.oneOf(fmt.Sprintf("%s.severity[%d]", p, j), s, severities()...)
		}
		if r.Match != nil {
			k.match(p+".match", r.Match)
		}
		if r.Digest != nil {
			k.digest(p+".digest", r)
		}
	}
	k.links()
	k.secretFile("api.token_file", k.c.API.TokenFile)
	if k.given("api.token") && k.given("api.token_file") {
		k.fault("api.token_file", "set one of them", "both a token and a file with one are given")
	}
}

// named wants names that tell receivers apart, and a fallback that there is.
func (k *check) named(path string, i int, names []string) {
	r := &k.c.Receivers[i]
	if k.text(path+".name", r.Name); r.Name != "" && slices.Index(names, r.Name) < i {
		k.fault(path+".name", "give it another one", "%s is the name of another receiver", show(r.Name))
	}
	switch {
	case r.Fallback == "":
	case r.Fallback == names[i]:
		k.fault(path+".fallback", "name another receiver", "the receiver can't stand in for itself")
	case !slices.Contains(names, r.Fallback):
		k.fault(path+".fallback", "one of "+strings.Join(slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "" }), ", "), "there is no receiver %s", show(r.Fallback))
	}
}

// kind wants exactly one kind of receiver, and what that needs.
func (k *check) kind(path string, r *Receiver) {
	var names, set []string
	for _, one := range r.kinds() {
		names = append(names, one.name)
		if one.set {
			set = append(set, one.name)
		}
	}
	switch {
	case len(set) == 0:
		k.fault(path, "write one of "+strings.Join(names, ", "), "the receiver has no kind")
	case len(set) > 1:
		k.fault(path, "begin each with a dash of its own", "%s are %d receivers", strings.Join(set, " and "), len(set))
	case r.Slack != nil:
		k.slack(path+".slack", r.Slack)
	case r.Webhook != nil:
		k.webhookReceiver(path+".webhook", r.Webhook)
	case r.Alertmanager != nil:
		k.alertmanager(path+".alertmanager", r.Alertmanager)
	case r.PagerDuty != nil:
		k.pagerDuty(path+".pagerduty", r.PagerDuty)
	}
}

// secrets checks the files of secrets, and that there are not both a secret and a file with it. Those of Slack are treated apart.
func (k *check) secrets(path string, r *Receiver) {
	for _, h := range r.secrets() {
		if strings.HasPrefix(h.key, "slack.") {
			continue
		}
		k.secretFile(path+"."+h.key+"_file", *h.file)
	}
}

func (k *check) webhookReceiver(path string, w *WebhookReceiver) {
	switch {
	case w.URL == "" && w.URLFile == "":
		k.fault(path, "write url, or url_file for an address that holds a key", "it has no address")
	case w.URL != "" && w.URLFile != "":
		k.fault(path+".url_file", "drop one of them", "both an address and a file with one are given")
	case w.URL != "":
		k.address(path+".url", w.URL, "put one that holds a key into a file and name that with url_file")
	}
}

func (k *check) alertmanager(path string, a *AlertmanagerReceiver) {
	if len(a.URL) == 0 {
		k.fault(path, "write url: http://alertmanager:9093, or a list with one for each of a cluster", "it has no address")
	}
	for i, u := range a.URL {
		at := fmt.Sprintf("%s.url[%d]", path, i)
		k.address(at, u, "leave out user, query and /api/v2/alerts")
		if strings.Contains(u, "/api/v") {
			k.fault(at, "leave out /api/v2/alerts", "%s is the address of the interface, not of Alertmanager", show(u))
		}
		if slices.Index(a.URL, u) < i {
			k.fault(at, "", "%s is there twice", show(u))
		}
	}
}

func (k *check) pagerDuty(path string, p *PagerDuty) {
	if p.RoutingKey.IsZero() && p.RoutingKeyFile == "" && k.c.environ {
		k.fault(path, "name a routing_key_file, or set "+receiverEnv("pagerduty", "routing_key"), "there is no routing key")
	}
	if p.URL != "" {
		k.address(path+".url", p.URL, "")
	}
}

// address wants a plain address. One that may hold a secret is not shown.
func (k *check) address(path, address, hint string) {
	if !isHTTP(address) || secretText.MatchString(address) {
		if hint == "" {
			hint = "write http:// or https://, a host and a path"
		}
		k.fault(path, hint, "the value is no plain address")
	}
}

// match wants short patterns, and rules that there are.
func (k *check) match(path string, m *Match) {
	for key, patterns := range map[string][]string{
		"rule": m.Rule, "app": m.App, "workspace": m.Workspace, "organization": m.Organization, "pool": m.Pool, "limiter": m.Limiter,
	} {
		for i, pattern := range patterns {
			at := fmt.Sprintf("%s.%s[%d]", path, key, i)
			k.text(at, pattern)
			if pattern == "" {
				k.fault(at, "", "the pattern is empty")
			}
			if key == "rule" && !strings.Contains(pattern, "*") && len(k.c.rules) > 0 && !slices.Contains(k.c.ruleNames(), pattern) {
				k.fault(at, didYouMean(pattern, k.c.ruleNames()), "unknown rule %s", showKey(pattern))
			}
		}
	}
}

// digest wants a time of day, and a receiver that people read.
func (k *check) digest(path string, r *Receiver) {
	d := r.Digest
	if kind := r.Kind(); kind != "slack" && kind != "log" && kind != "" {
		k.fault(path, "give it to a slack or log receiver", "a receiver of kind %s takes no digest", kind)
	}
	if _, err := time.Parse("15:04", d.At); err != nil || len(d.At) != len("15:04") {
		k.fault(path+".at", `write it with quotes, as in at: "09:00"`, "%s is no time of day", show(d.At))
	}
	if _, err := time.LoadLocation(d.Timezone); err != nil || d.Timezone == "Local" {
		k.fault(path+".timezone", "write it as in Europe/Berlin, or leave it out for UTC", "%s is no time zone that this system knows", show(d.Timezone))
	}
}

func (k *check) links() {
	for key, link := range map[string]string{"page": k.c.Links.Page, "dashboard": k.c.Links.Dashboard} {
		if link != "" && (!isAddress(link) || secretText.MatchString(link) || len(link) > 2000) {
			k.fault("links."+key, "write http:// or https://, a host and a path", "the value is no address")
		}
	}
}
