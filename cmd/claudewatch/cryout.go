package main

import (
	"context"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

// cryOutTimeout bounds how long one receiver may take.
const cryOutTimeout = 10 * time.Second

// cryOut tells every receiver of an alert that can't be saved, once: the agent is blind because its database is broken, and what stands
// in no database the deliverer does not know. Once the database works again the alert is delivered like any other.
func (a *agent) cryOut(ctx context.Context, alert alerts.Alert) {
	ctx = context.WithoutCancel(ctx)
	var all sync.WaitGroup
	for _, r := range a.receivers() {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, cryOutTimeout)
			defer cancel()
			if _, err := r.Send(ctx, alerts.Message{Alert: alert, Now: alert.EvaluatedAt}, alerts.Ref{}); err != nil {
				a.log.Error("tell a receiver that the agent is blind", "receiver", r.Name(), "error", err)
			}
		})
	}
	all.Wait()
}
