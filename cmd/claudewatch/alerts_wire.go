package main

import (
	"context"
	"net/http"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/internal/config"
)

// addDigester sets up what tells receivers of the day.
func (a *agent) addDigester(cfg *config.Config) (err error) {
	a.digester, err = alerts.NewDigester(alerts.DigesterOptions{
		Source: a.db, Log: a.db, Plans: digestPlans(cfg, a.receivers), Logger: a.log, OnResult: a.watch.metrics.Notification,
	})
	return err
}

// alertsHandler sets up the interface to alerts, and the door for the commands of this machine. Without that they can only show.
func (a *agent) alertsHandler(cfg *config.Config) http.Handler {
	door, err := openDoor(a.database, a.URL())
	a.door = err == nil
	if err != nil {
		a.log.Warn("commands of this machine can't change silences while the agent runs", "error", err)
		door = localDoor{}
	}
	api := &alertsAPI{
		episodes: a.db.Episodes, current: a.db.Alerts, silences: a.silences, changed: a.watch.deliverer.Wake,
		tokens: []string{cfg.API.Token.Reveal(), door.Token}, now: time.Now,
		test: func(ctx context.Context) []testResult {
			return testReceivers(ctx, a.receivers, messageLinks(cfg, a.URL()+"/"), time.Now())
		},
	}
	return api.handler()
}
