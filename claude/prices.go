package claude

import "time"

// Where the published prices were read.
const (
	pricingPage = "https://platform.claude.com/docs/en/about-claude/pricing"
	opus55Page  = "https://platform.claude.com/docs/en/models/opus-5-5/overview"
	haiku55Page = "https://platform.claude.com/docs/en/models/haiku-5-5/overview"
	fable52News = "https://docs.laozhang.ai/en/announcements/claude-fable-5-2-2026-11.md (third party)"
	launch3Page = "https://www.anthropic.com/news/claude-3-family; cache rates: " + pricingPage
)

// What applies to models from a generation on. Source: pricing page, data residency and third-party platforms.
const (
	usOnly   = 1.1 // inference_geo "us", from the 4.6 models on
	regional = 1.1 // regional endpoints of Bedrock and Vertex, from the 4.5 models on
	fastMode = 2   // speed "fast", where it exists
)

// published are the prices as Anthropic publishes them for its own API. Models without a published price, such as Claude Mythos 5.2,
// are left out: their cost is unknown.
var published = []Price{
	{Model: "claude-fable-5-2", Rates: Rates{8, 40, 10, 16, 0.20}, USGeo: usOnly, Regional: regional, Source: fable52News, Read: "2026-11-21"},
	{Model: "claude-fable-5-1", Rates: Rates{10, 50, 12.50, 20, 0.25}, USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-mythos-5-1", Rates: Rates{10, 50, 12.50, 20, 0.25}, USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-fable-5", Rates: DefaultRates(10, 50), USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-mythos-5", Rates: DefaultRates(10, 50), USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},

	{Model: "claude-opus-5-5", Rates: Rates{4, 20, 5, 8, 0.20}, Fast: fastMode, USGeo: usOnly, Regional: regional, Source: opus55Page, Read: "2026-11-21"},
	{Model: "claude-opus-5", Rates: DefaultRates(5, 25), Fast: fastMode, USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-opus-4-8", Rates: DefaultRates(5, 25), Fast: fastMode, USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-opus-4-7", Rates: DefaultRates(5, 25), USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-opus-4-6", Rates: DefaultRates(5, 25), USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-opus-4-5", Rates: DefaultRates(5, 25), Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-opus-4-1", Rates: DefaultRates(15, 75), Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-opus-4", Rates: DefaultRates(15, 75), Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-opus-4-0", Rates: DefaultRates(15, 75), Source: pricingPage, Read: "2026-11-21"},

	{Model: "claude-sonnet-5-5", Rates: Rates{2, 10, 2.50, 4, 0.20}, USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-sonnet-5-5", From: day(2026, time.October, 7), Rates: Rates{2, 10, 2.50, 4, 0.10}, USGeo: usOnly, Regional: regional, Source: haiku55Page, Read: "2026-11-21"},
	{Model: "claude-sonnet-5", Rates: DefaultRates(2, 10), USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-sonnet-4-6", Rates: DefaultRates(3, 15), USGeo: usOnly, Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-sonnet-4-5", Rates: DefaultRates(3, 15), LongAbove: 200_000, Long: DefaultRates(6, 22.50), Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-sonnet-4", Rates: DefaultRates(3, 15), LongAbove: 200_000, Long: DefaultRates(6, 22.50), Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-sonnet-4-0", Rates: DefaultRates(3, 15), LongAbove: 200_000, Long: DefaultRates(6, 22.50), Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-3-7-sonnet", Rates: DefaultRates(3, 15), Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-3-5-sonnet", Rates: DefaultRates(3, 15), Source: pricingPage, Read: "2026-11-21"},

	{
		Model: "claude-haiku-5-5", Rates: DefaultRates(0.10, 0.50), LongAbove: 100_000, Long: DefaultRates(0.50, 2.50),
		USGeo: usOnly, Regional: regional, Source: haiku55Page, Read: "2026-11-21",
	},
	{Model: "claude-haiku-4-5", Rates: DefaultRates(1, 5), Regional: regional, Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-3-5-haiku", Rates: DefaultRates(0.80, 4), Source: pricingPage, Read: "2026-11-21"},
	{Model: "claude-3-haiku", Rates: Rates{0.25, 1.25, 0.30, 0.50, 0.03}, Source: launch3Page, Read: "2026-11-21"},
	{Model: "claude-3-opus", Rates: DefaultRates(15, 75), Source: launch3Page, Read: "2026-11-21"},
}

// webSearch is the price of one search by the server-side tool. Fetches cost nothing beyond their tokens. Source: pricing page.
const webSearch = 10.0 / 1000

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}
