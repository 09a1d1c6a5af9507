package alerts

import (
	"context"
	"errors"
	"time"
)

// remind begins a reminder for each idle receiver that shows an alert for long enough.
func (c *channels) remind(sending context.Context) {
	for _, l := range c.d.receivers {
		r, ok := l.receiver.(Reminder)
		if !ok || !l.free(c.now) {
			continue
		}
		if !c.stands() {
			return
		}
		for i := range c.standing {
			due := c.standing[i]
			if due.Delivery.Receiver == l.receiver.Name() && c.reminds(&due) && l.take(c.now) {
				c.d.start(l, func() outcome { return c.d.deliverReminder(sending, r, due) })
				break
			}
		}
	}
}

// reminds reports whether it is time to say again that an alert fires.
func (c *channels) reminds(due *Due) bool {
	a, dl := &due.Alert, &due.Delivery
	after := map[Severity]time.Duration{Warning: remindAfter, Critical: remindGrave}[a.Severity]
	if after == 0 || !a.Active() || dl.Rolled || dl.Ref == (Ref{}) || dl.Delivered < dl.Desired || dl.PostedAt.IsZero() || c.d.silenced(due, c.now) {
		return false
	}
	last := dl.PostedAt
	if dl.RemindedAt.After(last) {
		last = dl.RemindedAt
	}
	return c.now.Sub(last) >= after && !c.now.Before(dl.NotBefore)
}

// deliverReminder reminds once. The time is kept before the reminder is sent: one that a crash takes away is better than one too many.
func (d *Deliverer) deliverReminder(ctx context.Context, r Reminder, due Due) outcome {
	dl, m := due.Delivery, d.message(ctx, r, due)
	before := dl.RemindedAt
	dl.RemindedAt = m.Now
	if err := d.o.Store.SaveDelivery(ctx, dl); err != nil {
		d.o.Logger.Error("reminder not marked", "receiver", dl.Receiver, "episode", dl.Episode, "err", err)
		return outcome{receiver: dl.Receiver, result: ResultRetry, wait: pollEvery}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	err := r.Remind(ctx, m, dl.Ref)
	switch {
	case err == nil:
		return outcome{receiver: dl.Receiver, result: ResultSent}
	case errors.Is(err, errors.ErrUnsupported):
		return outcome{receiver: dl.Receiver}
	}
	e := sendError(err)
	if e.Permanent || e.Gone || e.Maybe { // the alert itself is on show; the next reminder comes
		d.o.Logger.Warn("reminder not delivered", "receiver", dl.Receiver, "episode", dl.Episode, "reason", e.Reason)
		return outcome{receiver: dl.Receiver, result: ResultFailed}
	}
	dl.RemindedAt = before
	o := outcome{receiver: dl.Receiver, result: ResultRetry, wait: max(backoff(1), e.RetryAfter)}
	if e.RetryAfter > 0 {
		o.result = ResultRateLimited
	}
	d.save(ctx, dl)
	return o
}

// refresh begins a refresh of each idle receiver that would forget otherwise.
func (c *channels) refresh(sending context.Context) {
	for _, l := range c.d.receivers {
		r, ok := l.receiver.(Refresher)
		if !ok || !l.free(c.now) {
			continue
		}
		every, linger := r.Refreshes()
		if !l.refreshed.IsZero() && c.now.Sub(l.refreshed).Abs() < every-time.Second {
			continue
		}
		if !c.stands() {
			return
		}
		l.refreshed = c.now
		if messages := c.lasting(r, l.receiver.Name(), linger); len(messages) > 0 {
			c.d.start(l, func() outcome { return c.d.deliverRefresh(sending, r, l.receiver.Name(), messages) })
		}
	}
}

// lasting returns what a receiver should still know of. A silence does not end an alert.
func (c *channels) lasting(r Refresher, receiver string, linger time.Duration) []Message {
	var all []Message
	for i := range c.standing {
		a, dl := &c.standing[i].Alert, &c.standing[i].Delivery
		over := a.State == Resolved && c.now.Sub(a.ResolvedAt) > linger
		if dl.Receiver == receiver && !over && dl.LastError != "silenced" {
			all = append(all, c.d.frame(r, &c.standing[i]))
		}
	}
	return all
}

// deliverRefresh refreshes once. Only failures count: a success says nothing new.
func (d *Deliverer) deliverRefresh(ctx context.Context, r Refresher, receiver string, messages []Message) outcome {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	err := r.Refresh(ctx, messages)
	if err == nil {
		return outcome{receiver: receiver}
	}
	e := sendError(err)
	d.o.Logger.Warn("alerts not refreshed", "receiver", receiver, "alerts", len(messages), "reason", e.Reason)
	return outcome{receiver: receiver, result: ResultRetry, wait: max(backoff(1), e.RetryAfter)}
}
