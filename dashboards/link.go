package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// tag is what all these dashboards have, and nothing else should: the menu that leads from one to the other goes by it.
const tag = "claude"

// runbooks is where the pages of docs/ are read.
const runbooks = "https://github.com/claudewatch/claudewatch/blob/main/docs/"

// links lead to the other dashboards, to what to do, and to the agent's own page where its address is known.
func (b board) links(o Options) []cog.Builder[dashboard.DashboardLink] {
	links := []cog.Builder[dashboard.DashboardLink]{
		dashboard.NewDashboardLinkBuilder("Claude dashboards").Type(dashboard.DashboardLinkTypeDashboards).
			Tags([]string{tag}).AsDropdown(true).IncludeVars(true).KeepTime(true),
		dashboard.NewDashboardLinkBuilder("What to do").Type(dashboard.DashboardLinkTypeLink).Icon("doc").
			Url(runbooks + b.runbook).TargetBlank(true).Tooltip("The page of the documentation on what is shown here"),
	}
	if o.AgentURL != "" {
		links = append(links, dashboard.NewDashboardLinkBuilder("The agent's page").Type(dashboard.DashboardLinkTypeLink).Icon("external link").
			Url(o.AgentURL).TargetBlank(true).Tooltip("What the agent itself shows now"))
	}
	return links
}
