package claude

import "testing"

func TestTallyOfANewCall(t *testing.T) {
	c := whole()
	ch := Change{After: c, New: true}
	want := Tally{
		TallyKey: TallyKey{
			Provider: "anthropic", Workspace: "ws", App: "app", Model: "claude-sonnet-5", Status: 429, ErrorType: "rate_limit_error",
			Cause: CauseRateLimit, Limiter: "input_tokens",
		},
		Calls: 1, RateLimited: 1, Errors: 1, Retries: 1, Tokens: Tokens{100, 50, 7, 10, 20}, RetryDelaySeconds: 3, CostUSD: 0.5,
	}
	if got := ch.Tally(); got != want {
		t.Errorf("Tally() = %+v; want %+v", got, want)
	}
	if again := (Change{Before: &c, After: c}); again.Tally() != (Tally{TallyKey: want.TallyKey}) || !again.Same() {
		t.Errorf("Tally() of a repeated sighting = %+v; want nothing", again.Tally())
	}
}

func TestTallyOfASuccessHasNoDelay(t *testing.T) {
	ch := Change{After: Call{Status: 200, RetryAfterSeconds: Some(9.0)}, New: true}
	if got := ch.Tally(); got != (Tally{TallyKey: TallyKey{Status: 200}, Calls: 1}) {
		t.Errorf("Tally() = %+v; want one call", got)
	}
}

// TestTallyKeepsCacheWritesWhereTheyWere learns only later that cache writes live for an hour.
func TestTallyKeepsCacheWritesWhereTheyWere(t *testing.T) {
	var before, after Call
	before.Usage.CacheCreationInputTokens = Some[int64](100)
	after.Usage.CacheCreationInputTokens = Some[int64](120)
	after.Usage.CacheCreation = CacheCreation{Some[int64](0), Some[int64](120)}
	ch := Change{Before: &before, After: after}
	if got := ch.Tally().Tokens; got != (Tokens{CacheWrite1h: 20}) {
		t.Errorf("Tally().Tokens = %+v; want the 20 that were not counted", got)
	}
}

func TestSameSeesRetries(t *testing.T) {
	ch := Change{Before: &Call{}, After: Call{Retry: Some[int64](1)}}
	if ch.Same() {
		t.Error("Same() = true; want false: the retry is new")
	}
}

// TestUnpricedTokens checks that tokens without a cost are counted once, and not taken back when the price is learnt later.
func TestUnpricedTokens(t *testing.T) {
	usage := Usage{InputTokens: Some[int64](10), OutputTokens: Some[int64](5), CacheReadInputTokens: Some[int64](100)}
	unpriced := Call{Usage: usage}
	first := Change{After: unpriced, New: true}
	if got := first.Tally().UnpricedTokens; got != 115 {
		t.Errorf("unpriced tokens of a new call = %d; want 115", got)
	}
	priced := unpriced
	priced.CostUSD = Some(0.25)
	later := Change{Before: &unpriced, After: priced}
	if got := later.Tally(); got.UnpricedTokens != 0 || got.CostUSD != 0.25 {
		t.Errorf("tally once the price is known = %d unpriced, %g USD; want 0 and 0.25", got.UnpricedTokens, got.CostUSD)
	}
}
