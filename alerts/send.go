package alerts

import (
	"context"
	"time"
)

// deliver brings one receiver up to date with one episode and keeps the outcome.
func (d *Deliverer) deliver(ctx context.Context, r Receiver, due Due) outcome {
	if due.Alert.State == Pending { // perhaps it re-opens; until then what there is to tell is its end
		due.Alert.State = Resolved
	}
	dl, m := due.Delivery, d.message(due)
	if d.expired(due) {
		dl.Dead, dl.LastError = true, "resolved too long ago to be told"
		d.save(ctx, dl)
		return outcome{receiver: dl.Receiver, result: ResultExpired}
	}
	dl.SendingSince = m.Now
	if err := d.o.Store.SaveDelivery(ctx, stamped(dl, m.Now)); err != nil {
		// Without the mark a crash could not be told from a failure: better later than twice.
		d.o.Logger.Error("delivery not marked", "receiver", dl.Receiver, "episode", dl.Episode, "err", err)
		return outcome{receiver: dl.Receiver, result: ResultRetry, wait: pollEvery}
	}
	ref, err := d.send(ctx, r, m, &dl)
	if err != nil {
		return d.failed(ctx, dl, sendError(err), m)
	}
	dl.Ref, dl.Delivered, dl.Attempts, dl.LastError = ref, due.Alert.Revision, 0, ""
	dl.SendingSince, dl.NotBefore = time.Time{}, time.Time{}
	d.save(ctx, dl)
	return outcome{receiver: dl.Receiver, result: ResultSent}
}

// message is what the receiver is to show. A mark of an earlier send only matters when there is no message to edit: an edit can
// be repeated unseen.
func (d *Deliverer) message(due Due) Message {
	dl := &due.Delivery
	return Message{
		Alert: due.Alert, Now: d.o.Now(), Link: d.o.Link,
		MaybeSent: !dl.SendingSince.IsZero() && dl.Ref == Ref{},
		Late:      due.Alert.State == Resolved && dl.Delivered == 0,
	}
}

// expired reports a delivery that would only tell of the past. A message that stands as firing is always brought up to date.
func (d *Deliverer) expired(due Due) bool {
	a := &due.Alert
	return a.State == Resolved && due.Delivery.Ref == Ref{} && d.o.Now().Sub(a.ResolvedAt) > lateness
}

// send sends, and once more as a new message when the one to edit is gone.
func (d *Deliverer) send(ctx context.Context, r Receiver, m Message, dl *Delivery) (Ref, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	ref, err := r.Send(ctx, m, dl.Ref)
	if err == nil || !sendError(err).Gone || dl.Ref == (Ref{}) {
		return ref, err
	}
	dl.Ref = Ref{}
	if err := d.o.Store.SaveDelivery(ctx, stamped(*dl, m.Now)); err != nil {
		return Ref{}, err
	}
	return r.Send(ctx, m, Ref{})
}

// failed keeps a failure and decides when to try again, if at all.
func (d *Deliverer) failed(ctx context.Context, dl Delivery, e *SendError, m Message) outcome {
	o := outcome{receiver: dl.Receiver}
	repeat := m.MaybeSent
	dl.Attempts++
	dl.LastError = e.Reason
	if !e.Maybe && !repeat {
		dl.SendingSince = time.Time{}
	}
	switch {
	case e.Permanent || e.Gone: // nothing that waiting could change
		dl.Dead, o.result = true, ResultFailed
		d.o.Logger.Error("alert not delivered", "receiver", dl.Receiver, "episode", dl.Episode, "reason", e.Reason)
	case e.RetryAfter > 0: // it said when
		o.result, o.wait = ResultRateLimited, e.RetryAfter+backoff(1)/4
		dl.Attempts-- // waiting one's turn is no failure
	default:
		o.result, o.wait = ResultRetry, backoff(dl.Attempts)
		if e.Maybe && repeat { // each repeat may be one message more
			o.wait = lastRetry
		}
		d.o.Logger.Warn("alert not delivered yet", "receiver", dl.Receiver, "episode", dl.Episode, "reason", e.Reason, "attempts", dl.Attempts)
	}
	if o.wait > 0 {
		dl.NotBefore = d.o.Now().Add(o.wait)
	}
	d.save(ctx, dl)
	return o
}

// save keeps an outcome, for as long as it takes: an outcome that is lost makes a repeat.
func (d *Deliverer) save(ctx context.Context, dl Delivery) {
	for {
		err := d.o.Store.SaveDelivery(context.WithoutCancel(ctx), stamped(dl, d.o.Now()))
		if err == nil {
			return
		}
		d.o.Logger.Error("delivery not saved", "receiver", dl.Receiver, "episode", dl.Episode, "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

func stamped(dl Delivery, now time.Time) Delivery {
	dl.UpdatedAt = now
	return dl
}
