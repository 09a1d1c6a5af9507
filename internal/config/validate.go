package config

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// check collects what is wrong with the values, each with the place that it came from.
type check struct {
	c    *Config
	errs []*Error
}

// faults returns all that is wrong with the configuration as it is now.
func (c *Config) faults() []*Error {
	k := &check{c: c}
	k.listen()
	k.durations()
	k.sources()
	k.limits()
	k.prices()
	k.budgets()
	k.alerts()
	k.userRules()
	k.receivers()
	k.webhook()
	k.metrics()
	k.oneOf("notify", c.Notify, NotifyBuiltin, NotifyPrometheus)
	k.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	k.oneOf("log.format", c.Log.Format, "text", "json")
	return k.errs
}

// fault notes that the value at path is wrong. It keeps quiet about what could not be read: that has been said already, and what
// stands there is not what the user wrote.
func (k *check) fault(path, hint, format string, args ...any) {
	if slices.ContainsFunc(k.c.broken, func(b string) bool { return within(b, path) || within(path, b) }) {
		return
	}
	k.errs = append(k.errs, at(k.c.nearest(path), path, wrong(hint, format, args...)))
}

// given reports whether the value at path is not a default.
func (k *check) given(path string) bool {
	_, ok := k.c.origins[path]
	return ok
}

// oneOf wants one of the names.
func (k *check) oneOf(path, value string, valid ...string) {
	if !slices.Contains(valid, value) {
		k.fault(path, didYouMean(value, valid), "unknown value %s", show(value))
	}
}

// positive wants a duration above 0.
func (k *check) positive(path string, d Duration) {
	if d <= 0 {
		k.fault(path, "", "%s is not above 0", d)
	}
}

// text wants a short text without control characters. Empty is fine.
func (k *check) text(path, s string) {
	switch {
	case len(s) > maxText:
		k.fault(path, "", "the text is longer than %d bytes", maxText)
	case strings.ContainsFunc(s, unicode.IsControl):
		k.fault(path, "", "%s holds a control character", show(s))
	}
}

// maxText is the longest name of an app, a user and the like, in bytes, as calls keep them.
const maxText = 256

func (k *check) listen() {
	host, port, err := net.SplitHostPort(k.c.Listen)
	if err != nil {
		k.fault("listen", `write host:port, as in localhost:9429, or :9429 for every address`, "%s is no host:port", show(k.c.Listen))
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		k.fault("listen", "ports are 0 to 65535", "%s is no port", show(port))
	} else if strconv.FormatUint(n, 10) != port {
		k.fault("listen", fmt.Sprintf("write %d", n), "%s is no port", show(port))
	}
	if strings.ContainsAny(host, "/ \t") {
		k.fault("listen", "leave out the scheme and the path", "%s is no host", show(host))
	}
}

func (k *check) durations() {
	c := k.c
	r := c.Database.Retention
	k.positive("database.retention.calls", r.Calls)
	k.positive("database.retention.minutes", r.Minutes)
	k.positive("live_window", c.LiveWindow)
	if r.Calls > 0 && r.Calls < c.LiveWindow {
		// A call seen again after it was dropped would count twice.
		k.fault("database.retention.calls", "", "%s is shorter than live_window, %s", r.Calls, c.LiveWindow)
	}
	k.text("database.path", c.Database.Path)
}

func (k *check) webhook() {
	w := &k.c.Webhook
	if w.MaxBody <= 0 {
		k.fault("webhook.max_body", "", "%s is not above 0", w.MaxBody)
	}
	if k.given("webhook.token") && k.c.origins["webhook.token_file"].File == envName("webhook.token_file") {
		k.fault("webhook.token_file", "set one of them", "both a token and a file with one are given")
	}
	k.secretFile("webhook.token_file", w.TokenFile)
}

func (k *check) metrics() {
	users := k.c.Metrics.Users
	if len(users) > maxUsers {
		k.fault("metrics.users", "", "%d users, at most %d can be labels", len(users), maxUsers)
	}
	for i, u := range users {
		p := fmt.Sprintf("metrics.users[%d]", i)
		k.text(p, u)
		if u == "" {
			k.fault(p, "", "the name is empty")
		} else if slices.Index(users, u) < i {
			k.fault(p, "", "%s is there twice", show(u))
		}
	}
}

// maxUsers is how many values one label has before the rest are folded.
const maxUsers = 200

// secretFile wants a path that can't be the secret itself, put there by mistake: only then may it be shown in messages.
func (k *check) secretFile(path, file string) {
	if file == "" || isPath(file) && !secretText.MatchString(file) {
		return
	}
	k.fault(path, "begin it with / or ./", "the value is no path of a file (it is not shown, it may be the secret itself)")
}

// isPath reports whether a text is written as the path of a file: absolute, or beginning with ./ or ../.
func isPath(s string) bool {
	return filepath.IsAbs(s) || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../")
}
