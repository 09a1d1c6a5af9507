package claude

import (
	"strconv"
	"strings"
	"time"
)

// Limiter is one kind of limit. The list is open: the API may send families that are not named here, and unified windows have
// any length.
type Limiter string

// The limiters of the API's documented header families.
const (
	LimiterRequests             Limiter = "requests"
	LimiterInputTokens          Limiter = "input_tokens"
	LimiterOutputTokens         Limiter = "output_tokens"
	LimiterTokens               Limiter = "tokens" // input + output: shown, never added to them
	LimiterPriorityInputTokens  Limiter = "priority_input_tokens"
	LimiterPriorityOutputTokens Limiter = "priority_output_tokens"
	LimiterFastInputTokens      Limiter = "fast_input_tokens"
	LimiterFastOutputTokens     Limiter = "fast_output_tokens"
)

// Unified reports a subscription window (unified_5h, unified_7d, ...), which has a utilization and does not refill before its
// reset, unlike the token buckets of the other limiters.
func (l Limiter) Unified() bool { return strings.HasPrefix(string(l), "unified_") }

// Window returns how long a subscription window is, as its name says: unified_5h, unified_7d, unified_7d_opus. It is 0 where the
// name says nothing, as of unified_overage.
func (l Limiter) Window() time.Duration {
	name, ok := strings.CutPrefix(string(l), "unified_")
	name, _, _ = strings.Cut(name, "_")
	if !ok || len(name) < 2 {
		return 0
	}
	n, err := strconv.ParseUint(name[:len(name)-1], 10, 16)
	unit := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[name[len(name)-1]]
	if err != nil {
		return 0
	}
	return time.Duration(n) * unit //nolint:gosec // below 65,536 days
}

// Model returns the model that a subscription window is for, as in "opus" for unified_7d_opus, and "" for one that all share.
func (l Limiter) Model() string {
	name, ok := strings.CutPrefix(string(l), "unified_")
	_, model, _ := strings.Cut(name, "_")
	if !ok {
		return ""
	}
	return model
}

// valid reports whether a name may be that of a limiter: 1 to 40 of a-z, 0-9 and _.
func (l Limiter) valid() bool {
	if l == "" || len(l) > 40 {
		return false
	}
	for i := range len(l) {
		if c := l[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// Special reports a limiter that only calls of a special kind use (priority tier, fast mode).
func (l Limiter) Special() bool {
	return strings.HasPrefix(string(l), "priority_") || strings.HasPrefix(string(l), "fast_")
}

// Bucket names one token bucket: who shares it and what it limits. Fields that no log told are "".
type Bucket struct {
	Provider     string  `json:"provider,omitempty"`
	Organization string  `json:"organization,omitempty"`
	Workspace    string  `json:"workspace,omitempty"`
	Pool         Pool    `json:"pool,omitempty"`
	Limiter      Limiter `json:"limiter"`
}

// Bucket returns the bucket that a limiter of this call's belongs to. Subscription windows span all models, so they have no
// pool of their own.
func (c *Call) Bucket(l Limiter) Bucket {
	b := Bucket{c.Provider, c.Organization, c.Workspace, c.Pool, l}
	if l.Unified() {
		b.Pool = ""
	}
	return b
}
