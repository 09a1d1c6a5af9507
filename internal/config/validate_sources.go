package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/claudewatch/claudewatch/claude"
)

// FieldNames returns the fields of a call that a log may keep under names of its own, by the names that a call has as JSON.
func FieldNames() []string {
	return []string{"app", "user", "workspace", "organization", "model", "request_id", "message_id", "provider", "duration", "status", "error"}
}

func (k *check) sources() {
	seen := map[string]string{}
	for i := range k.c.Sources {
		s, p := &k.c.Sources[i], fmt.Sprintf("sources[%d]", i)
		if len(s.Tail) == 0 {
			k.fault(p+".tail", "name the files, as in tail: /var/log/app/*.log", "it is missing")
		}
		for j, glob := range s.Tail {
			at := fmt.Sprintf("%s.tail[%d]", p, j)
			k.glob(at, glob)
			if first, ok := seen[glob]; ok {
				k.fault(at, "", "%s is in %s already", show(glob), first)
			}
			seen[glob] = p
		}
		k.text(p+".app", s.App)
		k.text(p+".workspace", s.Workspace)
		k.oneOf(p+".read_from", s.ReadFrom, Beginning, End)
		k.fields(p+".fields", s.Fields)
		if _, err := s.Zone(); err != nil {
			k.fault(p+".timezone", "write it as in Europe/Berlin, or leave it out for the machine's own", "%s is no time zone that this system knows", show(s.Timezone))
		}
	}
}

// glob wants a pattern that can match. Any other would be a source that stays silent for ever.
func (k *check) glob(path, glob string) {
	_, err := filepath.Match(glob, "")
	switch {
	case strings.TrimSpace(glob) == "":
		k.fault(path, "", "the glob is empty")
	case err != nil:
		k.fault(path, "close the bracket, or put a backslash before it", "%s is no valid glob", show(glob))
	case strings.Contains(glob, "**"): // it would match one level only, and the rest would stay silent
		k.fault(path, "name each level, as in /var/log/*.log and /var/log/*/*.log", "%s: ** is not supported", show(glob))
	case strings.HasPrefix(glob, "~"):
		k.fault(path, "write the whole path", "%s: ~ is not replaced by your home", show(glob))
	case strings.HasSuffix(glob, "/"):
		k.fault(path, "add *.log or the like", "%s names a directory, not files", show(glob))
	case strings.Contains(glob, "://"):
		k.fault(path, "", "%s is an address, not a file", show(glob))
	}
}

// fields wants names of a call's fields, and dotted paths of names for where the log keeps them.
func (k *check) fields(path string, fields map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		at := path + "." + name
		if !slices.Contains(FieldNames(), name) {
			k.fault(at, didYouMean(name, FieldNames()), "unknown field %s", showKey(name))
			continue
		}
		where := fields[name]
		if where == "" || slices.Contains(strings.Split(where, "."), "") || strings.ContainsFunc(where, unicode.IsControl) {
			k.fault(at, "write it as in ctx.tenant.id", "%s is no path in a log", show(where))
		}
	}
}

// limiters returns the limiters that a limit can be set for. Subscription windows are not among them: they have no limit in tokens.
func limiters() []string {
	return []string{
		string(claude.LimiterRequests), string(claude.LimiterInputTokens), string(claude.LimiterOutputTokens),
		string(claude.LimiterTokens), string(claude.LimiterPriorityInputTokens), string(claude.LimiterPriorityOutputTokens),
		string(claude.LimiterFastInputTokens), string(claude.LimiterFastOutputTokens),
	}
}

func (k *check) limits() {
	type key struct {
		pool    claude.Pool
		limiter claude.Limiter
	}
	seen := map[key]int{}
	for i := range k.c.Limits {
		l, p := &k.c.Limits[i], fmt.Sprintf("limits[%d]", i)
		k.pool(p, l.Pool)
		if l.Limiter == "" {
			k.fault(p+".limiter", "", "it is missing")
		} else {
			k.oneOf(p+".limiter", string(l.Limiter), limiters()...)
		}
		k.positive(p+".per", l.Per)
		if l.Limit <= 0 { // a missing one too
			k.fault(p+".limit", "write how many tokens or requests there are in each per", "%d is not above 0", l.Limit)
		} else if l.Per > 0 && l.PerMinute() < 1 {
			k.fault(p+".limit", "", "%d per %s is less than one a minute", l.Limit, l.Per)
		}
		if first, ok := seen[key{l.Pool, l.Limiter}]; ok {
			k.fault(p, "", "limits[%d] sets %s of %s already", first, l.Limiter, show(string(l.Pool)))
		} else {
			seen[key{l.Pool, l.Limiter}] = i
		}
	}
}

// pool wants a pool's name. A model's id in its place would never match a call.
func (k *check) pool(path string, pool claude.Pool) {
	if pool == "" {
		k.fault(path+".pool", "", "it is missing")
		return
	}
	k.text(path+".pool", string(pool))
	if p := claude.ParseModel(string(pool)).Pool; strings.HasPrefix(string(pool), "claude-") && p != pool {
		k.fault(path+".pool", fmt.Sprintf("write its pool, %q", p), "%s is a model", show(string(pool)))
	}
}
