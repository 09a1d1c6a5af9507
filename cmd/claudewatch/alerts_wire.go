package main

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/internal/config"
)

// addDigester sets up what tells receivers of the day.
func (a *agent) addDigester(cfg *config.Config) (err error) {
	a.digester, err = alerts.NewDigester(alerts.DigesterOptions{
		Source: digestSource{a.db, a.outlook.all}, Log: a.db, Plans: digestPlans(cfg, a.receivers()), Logger: a.log, OnResult: a.watch.metrics.Notification,
	})
	return err
}

// openAPI sets up the interface to alerts, and the door for the commands of this machine. Without that they can only show.
func (a *agent) openAPI(cfg *config.Config) {
	door, err := openDoor(a.database, a.URL())
	a.door = err == nil
	if err != nil {
		a.log.Warn("commands of this machine can't change silences while the agent runs", "error", err)
		door = localDoor{}
	}
	a.doorToken = door.Token
	a.setAPI(cfg)
}

// setAPI has the interface to alerts take the tokens of a configuration.
func (a *agent) setAPI(cfg *config.Config) {
	api := &alertsAPI{
		episodes: a.db.Episodes, current: a.db.Alerts, silences: a.silences, changed: a.watch.deliverer.Wake,
		tokens: []string{cfg.API.Token.Reveal(), a.doorToken}, now: time.Now,
		test: func(ctx context.Context) []testResult {
			return testReceivers(ctx, a.receivers(), messageLinks(cfg, a.URL()+"/"), time.Now())
		},
	}
	a.api.set(api.handler())
}
