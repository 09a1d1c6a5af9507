package decode

import "github.com/claudewatch/claudewatch/claude"

// Claude Code writes a transcript of each session: one line per block of a message's content, so that a message stands there several
// times with growing counts, and side chains that replay messages of their parent. Each line gives its call; whoever collects them
// merges by message.

// transcript reports a line of a transcript.
func (r *record) transcript() bool { return r.session && r.typ != "" }

// transcriptNoCall returns why a line of a transcript is no call, or "".
func (r *record) transcriptNoCall() string {
	switch {
	case r.apiError:
		return ""
	case r.call.Model == "<synthetic>":
		return SkippedNoCall
	case r.call.Usage.Known(), r.headers.Known > 0, r.refusal.Type != "", r.err != nil:
		return ""
	default:
		return SkippedNoCall
	}
}

// transcriptError reads the errors that Claude Code writes down itself. The message's counts are not of a use then.
func (r *record) transcriptError() {
	c := &r.call
	if !r.apiError {
		return
	}
	c.Usage = claude.Usage{}
	if c.Model == "<synthetic>" {
		c.Model = ""
	}
	if r.refusal.Type == "" {
		r.refusal.Type = transcriptType(r.errorKind, c.Status)
	}
	if c.Provider == "" {
		c.Provider = claude.ProviderAnthropic
	}
}

// transcriptType translates Claude Code's names of errors.
func transcriptType(kind string, status int) string {
	switch {
	case kind == "overloaded", status == 529:
		return "overloaded_error"
	case kind == "rate_limit", status == 429:
		return "rate_limit_error"
	case kind == "authentication_failed":
		return "authentication_error"
	case kind == "billing_error":
		return "billing_error"
	case kind == "invalid_request":
		return "invalid_request_error"
	default:
		return ""
	}
}
