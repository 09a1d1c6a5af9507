package config

import "net/url"

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

// isAddress reports whether a text is an HTTP address, whatever is behind its host.
func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// isHTTP reports whether a text is an HTTP address without a user, a query or a fragment.
func isHTTP(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}
