package dashboards

// AlertmanagerOptions changes the generated configuration of Alertmanager. The zero value is right for most.
type AlertmanagerOptions struct {
	Channel string // of Slack; "#claude" where it is ""
	// Update has one Slack message edited as the alert changes, which needs Alertmanager 0.32.
	Update bool
}

// GenerateAlertmanager returns a configuration of Alertmanager for the generated rules: one notification for each limit, with the
// graver alert speaking for the milder ones. The secret is read from a file that the user makes.
func GenerateAlertmanager(o AlertmanagerOptions) []File {
	if o.Channel == "" {
		o.Channel = "#claude"
	}
	var y yamlText
	y.line(0, "# Alertmanager for the rules of claudewatch generate rules. Put the incoming webhook's URL, alone, into the file that")
	y.line(0, "# api_url_file names, readable by Alertmanager only.")
	y.line(0, "route:")
	y.line(1, "receiver: claude")
	y.line(1, "group_by: [alertname, provider, organization, workspace, pool, limiter, budget, subject]")
	y.line(1, "group_wait: 10s")
	y.line(1, "group_interval: 1m")
	y.line(1, "repeat_interval: 4h")
	y.line(1, "routes:")
	y.line(2, "- matchers: ['severity=\"info\"']")
	y.line(2, "  receiver: claude")
	y.line(2, "  repeat_interval: 7d")
	y.line(0, "inhibit_rules:")
	for _, r := range inhibitions() {
		y.line(1, "# %s", r.why)
		y.line(1, "- source_matchers: ['alertname=\"%s\"']", r.source)
		y.line(1, "  target_matchers: ['alertname=~\"%s\"']", r.target)
		if r.equal != "" {
			y.line(1, "  equal: [%s]", r.equal)
		}
	}
	y.line(0, "receivers:")
	y.line(1, "- name: claude")
	y.line(1, "  slack_configs:")
	y.line(2, "  - api_url_file: /etc/alertmanager/claude-slack-url")
	y.line(2, "    channel: '%s'", o.Channel)
	y.line(2, "    send_resolved: true")
	if o.Update {
		y.line(2, "    update_message: true")
	}
	y.line(2, "    color: '{{ if eq .Status \"resolved\" }}good{{ else if eq .CommonLabels.severity \"critical\" }}danger{{ else }}warning{{ end }}'")
	y.line(2, "    title: '{{ .CommonAnnotations.summary }}'")
	y.line(2, "    title_link: '{{ .CommonAnnotations.runbook_url }}'")
	y.line(2, "    fallback: '[{{ .Status }}] {{ .CommonAnnotations.summary }}'")
	y.line(2, "    text: '{{ .CommonAnnotations.description }}'")
	return []File{{Name: "alertmanager.yml", Content: []byte(y.String())}}
}

// inhibition keeps alerts quiet while a graver one speaks for them.
type inhibition struct{ source, target, equal, why string }

func inhibitions() []inhibition {
	return []inhibition{
		{"ClaudeLimitExhaustionImminent", "ClaudeLimitUsageHigh", bucketBy(), "What is about to run dry is high as well."},
		{"ClaudeBudgetUsedUp", "ClaudeBudgetHigh", "budget, subject", "What is used up is high as well."},
		{"ClaudeSubscriptionWindowUsedUp", "ClaudeSubscriptionWindowHigh", "organization, workspace, limiter", "The same for windows."},
		{"ClaudeRateLimitedSpike", "ClaudeRetryDelayHigh", "provider", "Refusals make callers wait."},
		{"ClaudewatchDown", "Claude(AgentBlind|SourceAbsent)|ClaudewatchAbsent", "", "A dead agent sees nothing."},
		{"ClaudeAgentBlind", "ClaudeUpgradeDue|ClaudeSourceAbsent", "", "What is not seen can't be forecast."},
	}
}
