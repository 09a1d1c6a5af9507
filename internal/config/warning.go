package config

import (
	"fmt"
	"net"
	"strings"
)

// Warnings returns what is allowed but seldom meant, one sentence each.
func (c *Config) Warnings() []string {
	var list []string
	if !loopback(c.Listen) {
		w := "listen: " + c.Listen + " can be reached from other machines"
		if c.Webhook.Token.IsZero() && c.Webhook.TokenFile == "" {
			w += ", and the webhook takes calls from anyone: set webhook.token_file"
		}
		list = append(list, w)
	}
	for i, r := range c.Receivers {
		if r.Slack == nil || c.environ {
			continue
		}
		if gap, hint := r.Slack.gap(); gap != "" {
			list = append(list, at(c.nearest(fmt.Sprintf("receivers[%d].slack", i)), fmt.Sprintf("receivers[%d].slack", i), wrong(hint, "%s", gap)).Error())
		}
	}
	if len(c.Receivers) == 0 && c.Notify == NotifyBuiltin {
		list = append(list, "receivers: the list is empty, so that no alert reaches anyone")
	}
	return list
}

// loopback reports whether an address is reached from this machine only. A name other than localhost counts as not.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
