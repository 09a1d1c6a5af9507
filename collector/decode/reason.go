package decode

import (
	"errors"
	"fmt"
)

// Why a line is no call. The lists are short and fixed, so that they can label counters.
const (
	SkippedNotClaude     = "not claude"     // nothing of Claude's stands in it
	SkippedOtherProvider = "other provider" // a call, but of another company's model
	SkippedNoCall        = "no call"        // about Claude, but no response: a request, a prompt, a message of the log
	SkippedSummary       = "summary"        // sums of calls that stand elsewhere
	SkippedRepeated      = "repeated"       // a line that a logger wrote twice
	SkippedReplayed      = "replayed"       // read before a restart, and read again only for a neighbouring record's sake
)

// Why a line that looks like a call could not be read.
const (
	RejectedJSON   = "invalid json"
	RejectedDepth  = "nested too deeply"
	RejectedLength = "line too long"
	RejectedValue  = "value out of range"
	RejectedBug    = "decoder failed" // a mistake of claudewatch's own
)

// rejection is an error with its reason. Its text names fields and values, never other text of the log.
type rejection struct {
	reason string
	detail string
}

// Error returns the reason and the detail.
func (r *rejection) Error() string { return r.reason + ": " + r.detail }

func reject(reason, format string, args ...any) error {
	return &rejection{reason, fmt.Sprintf(format, args...)}
}

// rejected returns reason and detail of an error that made a line unreadable.
func rejected(err error) (reason, detail string) {
	if r, ok := errors.AsType[*rejection](err); ok {
		return r.reason, r.detail
	}
	return RejectedValue, err.Error()
}
