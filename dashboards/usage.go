package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// usd is Grafana's unit of US dollars; the SDK has no name for it.
const usd = "currencyUSD"

// usage answers who uses what, and what it costs.
func usage() board {
	return board{
		file: "usage.json", uid: "claudewatch-usage", title: "Claude / Usage and cost", runbook: "prometheus.md#cost",
		about:     "Tokens, calls and dollars by app and model, how much of the input came from the cache, and what has no price.",
		variables: callChoices(),
		rows: []row{
			{100, "In the chosen time", []panel{spend(4), spendPerHour(4), unpriced(4), tokens(4), cacheShare(4), requests(4)}},
			{101, "Spend", []panel{
				spendBy(metrics.LabelModel, 20, "A model that costs more than it is worth shows here: cheaper ones may do for some of its work."),
				spendBy(metrics.LabelApp, 21, "Whom the money is spent on. A step without a release is a change of prompts, of cache use, or of users."),
			}},
			{102, "Tokens", []panel{tokensByType(12, 8), cacheShareByApp(12, 8)}},
			{103, "Calls", []panel{requestsByModel(12, 8), requestsByApp(12, 8)}},
			{104, "By app and model", []panel{byAppAndModel(24, 10)}},
			{105, "Listed users", []panel{byUser(24, 8)}},
		},
	}
}

func spendPerHour(width uint32) panel {
	return panel{
		kind: stat, id: 30, title: "Spend per hour now", unit: usd, width: width, height: 4,
		about:   "What an hour costs at the present rate. Compare with the spend of the chosen time: a multiple of the usual means somebody changed something.",
		queries: []query{{expr: sum(rate(calls(metrics.CostUSD))) + " * 3600", legend: "spend per hour"}},
	}
}

func unpriced(width uint32) panel {
	return panel{
		kind: stat, id: 31, title: "Tokens without a price", unit: units.Short, width: width, height: 4, colors: above(1, 1e9),
		about:   "Tokens of calls whose cost is unknown: they are missing in every sum of dollars. Add the model under prices in the configuration.",
		queries: []query{{expr: "round(" + sum(rise(calls(metrics.UnpricedTokens))) + ")", legend: "tokens"}},
	}
}

func tokens(width uint32) panel {
	return panel{
		kind: stat, id: 32, title: "Tokens", unit: units.Short, width: width, height: 4,
		about:   "All tokens of the chosen time, cache reads included, which cost a tenth or less of other input.",
		queries: []query{{expr: sum(rise(calls(metrics.Tokens))), legend: "tokens"}},
	}
}

// input selects all tokens but the output.
func input() string { return calls(metrics.Tokens, metrics.LabelType+`!="`+metrics.TypeOutput+`"`) }

func cacheReads() string {
	return calls(metrics.Tokens, equal(metrics.LabelType, metrics.TypeCacheRead))
}

func cacheShare(width uint32) panel {
	return panel{
		kind: stat, id: 33, title: "Cache share of input", unit: units.PercentUnit, width: width, height: 4,
		about:   "The part of all input tokens that came from the prompt cache. Low with long, repeated prompts is money and limits given away: mark what repeats with cache_control.",
		queries: []query{{expr: sum(rise(cacheReads())) + " / " + sum(rise(input())), legend: "cache share"}},
	}
}

func requests(width uint32) panel {
	return panel{
		kind: stat, id: 34, title: "Calls", unit: units.Short, width: width, height: 4,
		about:   "Calls of the chosen time, refused ones included. No data means that no call was seen: check the agent's own dashboard.",
		queries: []query{{expr: "round(" + sum(rise(calls(metrics.Requests))) + ")", legend: "calls"}},
	}
}

func spendBy(label string, id uint32, what string) panel {
	return panel{
		kind: stacked, id: id, title: "Spend per hour by " + label, unit: usd, width: 12, height: 8,
		about:   "Dollars an hour, where there is a price. " + what,
		queries: []query{{expr: top(sum(rate(calls(metrics.CostUSD)), label) + " * 3600"), legend: "{{" + label + "}}"}},
	}
}

func tokensByType(width, height uint32) panel {
	return panel{
		kind: stacked, id: 22, title: "Tokens per second by type", unit: units.Short, width: width, height: height,
		about:   "What the API counted. Cache reads are cheap and, for nearly all models, do not count towards the input limit.",
		queries: []query{{expr: sum(rate(calls(metrics.Tokens)), metrics.LabelType), legend: "{{type}}"}},
	}
}

func cacheShareByApp(width, height uint32) panel {
	return panel{
		kind: graph, id: 23, title: "Cache share of input by app", unit: units.PercentUnit, width: width, height: height,
		about:   "The part of all input tokens that came from the prompt cache. When an app falls, its prompts have changed near their beginning or its pauses outlast the cache.",
		queries: []query{{expr: top(sum(rate(cacheReads()), metrics.LabelApp) + " / " + sum(rate(input()), metrics.LabelApp)), legend: "{{app}}"}},
	}
}

func requestsByModel(width, height uint32) panel {
	return panel{
		kind: stacked, id: 24, title: "Requests by model", unit: units.RequestsPerSecond, width: width, height: height,
		about:   "Calls per second, refused ones included. A model that nobody meant to use shows here first.",
		queries: []query{{expr: top(sum(rate(calls(metrics.Requests)), metrics.LabelModel)), legend: "{{model}}"}},
	}
}

func requestsByApp(width, height uint32) panel {
	return panel{
		kind: stacked, id: 27, title: "Requests by app", unit: units.RequestsPerSecond, width: width, height: height,
		about:   "Who calls. When a limit is near, the widest band is whom to ask.",
		queries: []query{{expr: top(sum(rate(calls(metrics.Requests)), metrics.LabelApp)), legend: "{{app}}"}},
	}
}

func byAppAndModel(width, height uint32) panel {
	by := []string{metrics.LabelWorkspace, metrics.LabelApp, metrics.LabelModel}
	of := func(kind string) string { return calls(metrics.Tokens, equal(metrics.LabelType, kind)) }
	return panel{
		kind: table, id: 28, title: "By app and model", unit: units.Short, width: width, height: height, labels: by,
		about: "What each app used of each model in the chosen time. Spend is empty where the model has no price, not 0.",
		queries: []query{
			{expr: "round(" + sum(rise(calls(metrics.Requests)), by...) + ")", legend: "Calls", unit: units.Short},
			{expr: sum(rise(calls(metrics.CostUSD)), by...), legend: "Spend", unit: usd, order: largestFirst},
			{expr: sum(rise(of(metrics.TypeInput)), by...), legend: "Input", unit: units.Short},
			{expr: sum(rise(of(metrics.TypeOutput)), by...), legend: "Output", unit: units.Short},
			{expr: sum(rise(of(metrics.TypeCacheRead)), by...), legend: "Cache reads", unit: units.Short},
			{expr: sum(rise(calls(metrics.UnpricedTokens)), by...), legend: "Without a price", unit: units.Short},
		},
	}
}

func byUser(width, height uint32) panel {
	by := []string{metrics.LabelUser}
	of := func(kind string) string {
		return metrics.UserTokens + "{" + equal(metrics.LabelType, kind) + "}"
	}
	return panel{
		kind: table, id: 29, title: "Listed users", unit: units.Short, width: width, height: height, labels: by,
		about: "The users that the configuration lists under metrics.users, whatever is chosen above. All users are in claudewatch report --by user.",
		queries: []query{
			{expr: "round(" + sum(rise(metrics.UserRequests), by...) + ")", legend: "Calls", unit: units.Short, order: largestFirst},
			{expr: sum(rise(of(metrics.TypeInput)), by...), legend: "Input", unit: units.Short},
			{expr: sum(rise(of(metrics.TypeOutput)), by...), legend: "Output", unit: units.Short},
		},
	}
}
