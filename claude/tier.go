package claude

// TierLimits are the limits per minute of the published tiers, from the lowest to the highest, 0 where one was not published. They are
// a hint only: an organization's own limits differ, and are read from its headers.
type TierLimits struct {
	Start, Build, Scale int64
}

// TiersRead is when the tiers were read. Source: API rate limits page.
const TiersRead = "2026-08"

// PublishedTiers returns the published limits of a pool, all 0 where there are none.
func PublishedTiers(p Pool, l Limiter) TierLimits {
	class := tierClasses[p]
	switch l {
	case LimiterRequests:
		return class[0]
	case LimiterInputTokens:
		return class[1]
	case LimiterOutputTokens:
		return class[2]
	default:
		return TierLimits{}
	}
}

// Above returns the lowest tier above a limit, "" for none.
func (t TierLimits) Above(limit int64) (name string, next int64) {
	for _, tier := range []struct {
		name  string
		limit int64
	}{{"Start", t.Start}, {"Build", t.Build}, {"Scale", t.Scale}} {
		if tier.limit > limit {
			return tier.name, tier.limit
		}
	}
	return "", 0
}

// The limits of requests, input and output tokens of each pool.
var (
	usualTiers = [3]TierLimits{{1000, 5000, 10_000}, {2_000_000, 5_000_000, 10_000_000}, {400_000, 1_000_000, 2_000_000}}
	fableTiers = [3]TierLimits{{1000, 2000, 4000}, {500_000, 1_500_000, 4_000_000}, {100_000, 300_000, 800_000}}
	oldHaiku   = [3]TierLimits{{1000, 2000, 4000}, {100_000, 200_000, 400_000}, {20_000, 40_000, 80_000}}
	startOnly  = [3]TierLimits{{Start: 1000}, {Start: 2_000_000}, {Start: 400_000}}

	tierClasses = map[Pool][3]TierLimits{
		"fable-5.x": fableTiers, "opus-5": usualTiers, "opus-4.x": usualTiers, "sonnet-5": usualTiers, "sonnet-4.x": usualTiers,
		"haiku-4.5": usualTiers, "haiku-3.5": oldHaiku, "opus-5.5": startOnly, "sonnet-5.5": startOnly,
	}
)
