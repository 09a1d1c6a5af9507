package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

// agent answers whether what the other dashboards show can be believed.
func agent() board {
	return board{
		file: "agent.json", uid: "claudewatch-agent", title: "Claude / The agent itself", runbook: "logs.md",
		about: "Whether the agent reads, stores and notifies: sources, lines that could not be read, the store, receivers and resources.",
		rows: []row{
			{100, "Is it well?", []panel{configuration(4), behind(4), rejected(4), waitingNotifications(4), folded(4), versions(4)}},
			{101, "Sources", []panel{lag(8, 8), lastCall(8, 8), ingested(8, 8), linesByFormat(8, 8), skipped(8, 8), repeated(8, 8)}},
			{102, "The store", []panel{
				{
					kind: graph, id: 43, title: "Commit latency", unit: units.Seconds, width: 12, height: 8,
					about:   "How long the store takes for a batch. Above a second the disk is slow or full, and intake waits for it.",
					queries: quantiles(metrics.CommitSeconds + "_bucket"),
				},
				storeSize(12, 8),
			}},
			{103, "Receivers", []panel{notifications(12, 8), lastSuccess(12, 8)}},
		},
	}
}

func lag(width, height uint32) panel {
	return panel{
		kind: graph, id: 60, title: "Source lag", unit: units.BytesIEC, width: width, height: height,
		about:   "What the logs hold and the store does not have yet. It should fall back to 0: if it grows, the agent can't keep up or can't store.",
		queries: []query{{expr: most(metrics.SourceLagBytes, metrics.LabelSource), legend: "{{source}}"}},
	}
}

func lastCall(width, height uint32) panel {
	return panel{
		kind: graph, id: 61, title: "Age of the last call", unit: units.Seconds, width: width, height: height,
		about:   "How long a source has delivered nothing. A line that climbs where traffic is expected means a moved log, a lost permission or an app that is down.",
		queries: []query{{expr: "time() - " + most(metrics.SourceLastCall, metrics.LabelSource), legend: "{{source}}"}},
	}
}

func ingested(width, height uint32) panel {
	return panel{
		kind: stacked, id: 62, title: "New calls by source", unit: units.CountsPerSecond, width: width, height: height,
		about:   "Calls that were new to the store. A source that has stopped here but not in the application needs a look at its path.",
		queries: []query{{expr: sum(rate(metrics.CallsIngested), metrics.LabelSource), legend: "{{source}}"}},
	}
}

func linesByFormat(width, height uint32) panel {
	return panel{
		kind: stacked, id: 63, title: "Lines by format", unit: units.CountsPerSecond, width: width, height: height,
		about:   "Lines read, by the format that knew them. Only other means that nothing in the log looks like Claude: does it log the response headers or the usage?",
		queries: []query{{expr: sum(rate(metrics.Lines), metrics.LabelFormat), legend: "{{format}}"}},
	}
}

func skipped(width, height uint32) panel {
	return panel{
		kind: graph, id: 64, title: "Lines skipped and rejected", unit: units.CountsPerSecond, width: width, height: height,
		about: "Skipped lines are no calls, which is normal in a mixed log. Rejected ones look like calls and can't be read: run claudewatch decode --explain on the log to see why.",
		queries: []query{
			{expr: sum(rate(metrics.LinesSkipped), metrics.LabelReason), legend: "skipped: {{reason}}"},
			{expr: sum(rate(metrics.LinesRejected), metrics.LabelReason), legend: "rejected: {{reason}}"},
		},
	}
}

func repeated(width, height uint32) panel {
	return panel{
		kind: graph, id: 65, title: "Repeated and historical calls", unit: units.CountsPerSecond, width: width, height: height,
		about: "Calls that were known already, which two logs of one application do, and calls too old to be live when they were read. Neither moves an alert.",
		queries: []query{
			{expr: sum(rate(metrics.CallsDuplicate)), legend: "repeated"},
			{expr: sum(rate(metrics.CallsHistorical)), legend: "historical"},
		},
	}
}

func storeSize(width, height uint32) panel {
	return panel{
		kind: graph, id: 66, title: "Database", unit: units.BytesIEC, width: width, height: height,
		about:   "Size on disk. It levels off once the retention is reached; if the disk is smaller than that, shorten database.retention.",
		queries: []query{{expr: most(metrics.StoreBytes), legend: "database"}},
	}
}

func notifications(width, height uint32) panel {
	return panel{
		kind: graph, id: 67, title: "Notifications", unit: units.CountsPerSecond, width: width, height: height,
		about:   "Tries to notify, by receiver and result. Anything but sent again and again: send a test message with claudewatch alerts test.",
		queries: []query{{expr: sum(rate(metrics.Notifications), metrics.LabelReceiver, metrics.LabelResult), legend: "{{receiver}} {{result}}"}},
	}
}

func lastSuccess(width, height uint32) panel {
	return panel{
		kind: graph, id: 68, title: "Age of the last notification", unit: units.Seconds, width: width, height: height,
		about:   "How long ago a notification last got through. Old is fine while nothing fires; old beside waiting ones means a receiver that does not answer.",
		queries: []query{{expr: "time() - " + most(metrics.NotificationLastSuccess, metrics.LabelReceiver), legend: "{{receiver}}"}},
	}
}

func configuration(width uint32) panel {
	return panel{
		kind: stat, id: 50, title: "Configuration", unit: units.NoUnit, width: width, height: 4, colors: below(1, 0.5),
		about:   "Whether the last reload was accepted. If not, the one before it is still in force: claudewatch check says what is wrong with the file.",
		words:   []dashboard.ValueMapping{word("1", "in force", "green"), word("0", "reload failed", "red")},
		queries: []query{{expr: least(metrics.ConfigReloadSuccessful), legend: "configuration"}},
	}
}

func behind(width uint32) panel {
	return panel{
		kind: stat, id: 51, title: "Not read yet", unit: units.BytesIEC, width: width, height: 4, colors: above(10<<20, 1<<30),
		about:   "What the logs hold and the store does not have yet, of all sources. Megabytes that stay mean that the agent can't keep up.",
		queries: []query{{expr: sum(most(metrics.SourceLagBytes, metrics.LabelSource)), legend: "behind"}},
	}
}

func rejected(width uint32) panel {
	return panel{
		kind: stat, id: 52, title: "Lines rejected", unit: units.Short, width: width, height: 4, colors: above(1, 1000),
		about:   "Lines of the chosen time that look like calls and could not be read. claudewatch status shows a sample for each reason.",
		queries: []query{{expr: "round(" + orZero(sum(rise(metrics.LinesRejected)), sum(rise(metrics.Lines))) + ")", legend: "rejected"}},
	}
}

func waitingNotifications(width uint32) panel {
	return panel{
		kind: stat, id: 53, title: "Notifications waiting", unit: units.Short, width: width, height: 4, colors: above(1, 10),
		about:   "Notifications that have not got through yet. They are kept and sent once the receiver answers again; if the number stays, check the receiver.",
		queries: []query{{expr: sum(metrics.NotificationsPending), legend: "waiting"}},
	}
}

func folded(width uint32) panel {
	return panel{
		kind: stat, id: 54, title: "Label values folded", unit: units.Short, width: width, height: 4, colors: above(1, 1e6),
		about:   "How often in the chosen time a value was shown as other because its label has too many. Is something that changes with each call configured as app or model?",
		queries: []query{{expr: "round(" + orZero(sum(rise(metrics.LabelValuesFolded)), most(metrics.BuildInfo)) + ")", legend: "folded"}},
	}
}

func versions(width uint32) panel {
	return panel{
		kind: stat, id: 55, title: "Agents", unit: units.Short, width: width, height: 4,
		about:   "Agents that are scraped, by version. An agent that is missing is down or not reached: Prometheus tells by up.",
		queries: []query{{expr: "count by (version) (" + metrics.BuildInfo + ")", legend: "{{version}}"}},
	}
}
