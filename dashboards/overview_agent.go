package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"

	"github.com/claudewatch/claudewatch/internal/metrics"
)

func agentRow() row {
	return row{104, "The agent itself", []panel{
		{
			kind: graph, id: 40, title: "Source lag", unit: units.BytesIEC, width: 8, height: 8,
			about:   "What the logs hold and the store does not have yet. It should fall back to 0: if it grows, the agent can't keep up or can't store.",
			queries: []query{{expr: most(metrics.SourceLagBytes, metrics.LabelSource), legend: "{{source}}"}},
		},
		{
			kind: graph, id: 41, title: "Age of the last call", unit: units.Seconds, width: 8, height: 8,
			about:   "How long a source has delivered nothing. A line that climbs where traffic is expected means a moved log, a lost permission or an app that is down.",
			queries: []query{{expr: "time() - " + most(metrics.SourceLastCall, metrics.LabelSource), legend: "{{source}}"}},
		},
		{
			kind: graph, id: 42, title: "Lines skipped and rejected", unit: units.CountsPerSecond, width: 8, height: 8,
			about: "Skipped lines are no calls, which is normal in a mixed log. Rejected ones look like calls and can't be read: run claudewatch decode on the log to see why.",
			queries: []query{
				{expr: sum(rate(metrics.LinesSkipped), metrics.LabelReason), legend: "skipped: {{reason}}"},
				{expr: sum(rate(metrics.LinesRejected), metrics.LabelReason), legend: "rejected: {{reason}}"},
			},
		},
		{
			kind: graph, id: 43, title: "Commit latency", unit: units.Seconds, width: 8, height: 8,
			about:   "How long the store takes for a batch. Above a second the disk is slow or full, and intake waits for it.",
			queries: quantiles(metrics.CommitSeconds + "_bucket"),
		},
		{
			kind: graph, id: 44, title: "Notifications", unit: units.CountsPerSecond, width: 8, height: 8,
			about:   "Tries to notify, by receiver and result. Anything but sent again and again: send a test message with claudewatch alerts test.",
			queries: []query{{expr: sum(rate(metrics.Notifications), metrics.LabelReceiver, metrics.LabelResult), legend: "{{receiver}} {{result}}"}},
		},
		{
			kind: stat, id: 45, title: "Notifications waiting", unit: units.Short, width: 4, height: 8, colors: above(1, 10),
			about:   "Notifications that have not got through yet. They are kept and sent once the receiver answers again; if the number stays, check the receiver.",
			queries: []query{{expr: sum(metrics.NotificationsPending), legend: "waiting"}},
		},
		{
			kind: stat, id: 46, title: "Configuration", unit: units.NoUnit, width: 4, height: 8, colors: below(1, 0.5),
			about:   "Whether the last reload was accepted. If not, the one before it is still in force: claudewatch check says what is wrong with the file.",
			words:   []dashboard.ValueMapping{word("1", "in force", "green"), word("0", "reload failed", "red")},
			queries: []query{{expr: least(metrics.ConfigReloadSuccessful), legend: "configuration"}},
		},
	}}
}
