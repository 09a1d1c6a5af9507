package claude

import "testing"

func TestTiers(t *testing.T) {
	for _, tt := range []struct {
		pool    Pool
		limiter Limiter
		limit   int64
		name    string
		next    int64
	}{
		{"sonnet-5", LimiterInputTokens, 2_000_000, "Build", 5_000_000},
		{"sonnet-5", LimiterInputTokens, 1_999_999, "Start", 2_000_000},
		{"sonnet-5", LimiterInputTokens, 10_000_000, "", 0},
		{"fable-5.x", LimiterOutputTokens, 100_000, "Build", 300_000},
		{"opus-5.5", LimiterRequests, 1000, "", 0}, // the higher tiers were not published
		{"my-own", LimiterRequests, 1, "", 0},
		{"sonnet-5", "unified_5h", 0, "", 0},
	} {
		if name, next := PublishedTiers(tt.pool, tt.limiter).Above(tt.limit); name != tt.name || next != tt.next {
			t.Errorf("next tier of %s %s above %d = %s %d; want %s %d", tt.pool, tt.limiter, tt.limit, name, next, tt.name, tt.next)
		}
	}
	for pool := range tierClasses {
		if !knownPool(pool) {
			t.Errorf("tiers of %s: no model has that pool", pool)
		}
	}
}

func knownPool(p Pool) bool {
	for _, q := range pools {
		if p == q {
			return true
		}
	}
	return false
}
