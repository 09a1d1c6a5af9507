package alerts

import (
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/claude"
)

// Each kind of advice needs what the data show for it.
func TestLevelAdvice(t *testing.T) {
	shop := []claude.Consumer{{App: "shop", Share: 0.6}}
	some := claude.Some[float64]
	for name, c := range map[string]struct {
		change func(*claude.Level)
		top    []claude.Consumer
		want   []string // the begin of each
	}{
		"nothing known":          {func(*claude.Level) {}, nil, []string{"Cache the parts of prompts that repeat", "Ask for a higher limit"}},
		"somebody else":          {func(l *claude.Level) { l.Unattributed = some(0.5) }, shop, []string{"Look for other keys of the organization: at least 50 %", "Slow shop down"}},
		"one app":                {func(*claude.Level) {}, shop, []string{"Slow shop down", "Cache the parts"}},
		"many apps":              {func(*claude.Level) {}, []claude.Consumer{{App: "shop", Share: 0.2}}, []string{"Cache the parts", "Ask for a higher limit"}},
		"large calls":            {func(l *claude.Level) { l.PerCall = some(0.22) }, nil, []string{"Make calls smaller: one takes 22 %", "Cache the parts"}},
		"little cached":          {func(l *claude.Level) { l.CacheShare = some(0.12) }, nil, []string{"Cache the parts of prompts that repeat: cache reads don't count towards this limit, and only 12 %", "Ask for a higher"}},
		"most of it cached":      {func(l *claude.Level) { l.CacheShare = some(0.9) }, nil, []string{"Send what can wait", "Ask for a higher limit"}},
		"less than half used":    {func(l *claude.Level) { l.Fill = some(0.4) }, nil, []string{"Cache the parts"}},
		"reads count for it":     {func(l *claude.Level) { l.Bucket.Pool = "haiku-3.5" }, nil, []string{"Shorten prompts", "Ask for a higher limit"}},
		"requests":               {func(l *claude.Level) { l.Bucket.Limiter = claude.LimiterRequests; l.PerCall = some(0.2) }, nil, []string{"Send what can wait", "Ask for"}},
		"what is not known much": {func(l *claude.Level) { l.Unattributed = some(0.1) }, shop, []string{"Slow shop down", "Cache the parts"}},
	} {
		l := level(0.86)
		c.change(&l)
		got := levelAdvice(&l, c.top)
		if len(got) != len(c.want) {
			t.Errorf("%s: advice = %q; want %q", name, got, c.want)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], c.want[i]) {
				t.Errorf("%s: advice %d = %q; want it to begin with %q", name, i, got[i], c.want[i])
			}
		}
	}
}

func TestRefusalAdvice(t *testing.T) {
	for _, c := range []struct {
		cause claude.Cause
		roomy bool
		want  string
	}{
		{claude.CauseBare, true, "Look for a gateway"},
		{claude.CauseRateLimit, true, "Look elsewhere: no watched limit is half used"},
		{claude.CauseRateLimit, false, "Wait for retry-after before each retry"},
		{claude.CauseAcceleration, true, "Ramp up gradually"},
		{"input_tokens", false, "Wait for retry-after: the limit of input tokens"},
	} {
		if got := refusalAdvice(c.cause, c.roomy)[0]; !strings.HasPrefix(got, c.want) {
			t.Errorf("advice on %s, roomy %v = %q; want %q", c.cause, c.roomy, got, c.want)
		}
	}
}
