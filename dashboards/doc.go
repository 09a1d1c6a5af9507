// Package dashboards generates the Grafana dashboards that read the agent's metrics.
//
// A dashboard is a table of panels: each says which question it answers, its queries, its unit and its thresholds. Metric
// and label names come from the metrics package alone, so that a panel can't ask for what the agent does not export. What is
// generated is committed under generated/.
package dashboards
