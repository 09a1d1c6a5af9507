// Package metrics shows Claude's use, and the agent's own health, to Prometheus.
//
// Counters live here and grow as calls are committed; gauges of limits, alerts and sources are read at each scrape, so that an
// idle process does nothing. Every metric and label has its name in this package, once: the exposition and the dashboards
// both take it from there.
//
// A value of 0 is exported, an unknown one is absent. All label values are untrusted: they are made valid UTF-8 and cut, and
// beyond a number of values per label they are folded into "other".
package metrics
