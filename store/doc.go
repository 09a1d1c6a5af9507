// Package store keeps everything that must outlive the agent in one SQLite file: calls, where the sources have got to, sums for
// reports and counters, and the state of alerts.
//
// Each exported method is one transaction. Commit is the heart: it stores a batch of calls together with the positions that
// cover them, merges the sightings of one call, and says what was new.
package store
