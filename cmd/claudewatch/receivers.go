package main

import (
	"context"
	"time"
)

// checkTimeout bounds how long a receiver may take to say whether it would take a message.
const checkTimeout = 30 * time.Second

// checkReceivers asks the receivers that can tell whether they would take a message, so that a wrong token is said at the start and not
// by the first alert that nobody got. The agent goes on in any case.
func (a *agent) checkReceivers(ctx context.Context) {
	for _, r := range a.receivers {
		c, ok := r.(interface {
			Check(ctx context.Context) error
		})
		if !ok {
			continue
		}
		ask, cancel := context.WithTimeout(ctx, checkTimeout)
		err := c.Check(ask)
		cancel()
		if err != nil && ctx.Err() == nil {
			a.log.Error("receiver would not take an alert", "receiver", r.Name(), "error", err)
		}
	}
}
