package alerts

import (
	"context"
	"errors"
	"time"
)

// deliver brings one receiver up to date with one episode and keeps the outcome.
func (d *Deliverer) deliver(ctx context.Context, r Receiver, due Due) outcome {
	dl, now := due.Delivery, d.o.Now()
	if d.expired(due) {
		dl.Dead, dl.LastError = true, "resolved too long ago to be told"
		d.save(ctx, dl)
		return outcome{receiver: dl.Receiver, result: ResultExpired}
	}
	if d.silenced(&due, now) {
		dl.Delivered, dl.LastError, dl.SendingSince = due.Alert.Revision, "silenced", time.Time{}
		d.save(ctx, dl)
		return outcome{receiver: dl.Receiver, result: ResultSilenced}
	}
	m := d.message(ctx, r, due)
	if m.MaybeSent {
		if err := d.search(ctx, r, &m, &dl); err != nil {
			return d.failed(ctx, dl, sendError(err), true)
		}
	}
	if o, ok := d.mark(ctx, &dl); !ok {
		return o
	}
	ref, err := d.send(ctx, r, m, &dl)
	if err != nil {
		o := d.failed(ctx, dl, sendError(err), m.MaybeSent)
		if o.result == ResultFailed { // somebody may read the log
			d.o.Logger.Error("alert told here instead", "receiver", dl.Receiver, "rule", m.Alert.Rule,
				"severity", string(m.Alert.Severity), "state", string(m.Alert.State), "title", m.Alert.Facts.Title)
		}
		return o
	}
	d.save(ctx, d.told(dl, ref, &due.Alert))
	return outcome{receiver: dl.Receiver, result: ResultSent}
}

// told returns a delivery that has got through.
func (d *Deliverer) told(dl Delivery, ref Ref, a *Alert) Delivery {
	if dl.Ref != ref && dl.Ref == (Ref{}) || dl.PostedAt.IsZero() {
		dl.PostedAt = d.o.Now()
	}
	dl.Ref, dl.Delivered, dl.Told, dl.Attempts, dl.LastError = ref, a.Revision, a.Stage(), 0, ""
	dl.SendingSince, dl.NotBefore = time.Time{}, time.Time{}
	return dl
}

// mark notes in the store that a send begins. Without the mark a crash could not be told from a failure: better later than twice.
func (d *Deliverer) mark(ctx context.Context, dl *Delivery) (outcome, bool) {
	if dl.SendingSince.IsZero() {
		dl.SendingSince = d.o.Now()
	}
	err := d.o.Store.SaveDelivery(ctx, stamped(*dl, d.o.Now()))
	if err == nil {
		return outcome{}, true
	}
	d.o.Logger.Error("delivery not marked", "receiver", dl.Receiver, "episode", dl.Episode, "err", err)
	return outcome{receiver: dl.Receiver, result: ResultRetry, wait: pollEvery}, false
}

// message is what the receiver is to show, with all that is to be said of it.
func (d *Deliverer) message(ctx context.Context, receiver any, due Due) Message {
	m := d.frame(receiver, &due)
	d.o.Describe(ctx, &m.Alert)
	return m
}

// frame is a message as the store has it. A mark of an earlier send does not matter where there is a message to edit: an edit can be
// repeated unseen.
func (d *Deliverer) frame(receiver any, due *Due) Message {
	a, dl := due.Alert, &due.Delivery
	if a.State == Pending { // perhaps it re-opens; until then what there is to tell is its end
		a.State = Resolved
	}
	return Message{
		Alert: a, Now: d.o.Now(), Links: d.said.Load().links, Told: dl.Told,
		MaybeSent: !dl.SendingSince.IsZero() && (dl.Ref == Ref{} || posts(receiver)),
		Late:      a.State == Resolved && dl.Delivered == 0,
	}
}

// search looks for the message of an earlier send that nobody knows the end of. Where the receiver can't look, the message stays marked
// as a possible repeat; while it can't be reached, nothing is sent: each try could be one message more.
func (d *Deliverer) search(ctx context.Context, r Receiver, m *Message, dl *Delivery) error {
	f, ok := r.(Finder)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	ref, err := f.Find(ctx, dl.Episode, dl.SendingSince)
	switch {
	case errors.Is(err, ErrCantTell):
		return nil
	case err != nil:
		return err
	default:
		m.MaybeSent, dl.Ref = false, ref
		return nil
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
	dl.Ref, m.Told = Ref{}, ""
	if err := d.o.Store.SaveDelivery(ctx, stamped(*dl, m.Now)); err != nil {
		return Ref{}, err
	}
	return r.Send(ctx, m, Ref{})
}

// failed keeps a failure and decides when to try again, if at all. repeat says that an earlier send may have got through.
func (d *Deliverer) failed(ctx context.Context, dl Delivery, e *SendError, repeat bool) outcome {
	o := d.judge(&dl, e, repeat)
	if o.wait > 0 {
		dl.NotBefore = d.o.Now().Add(o.wait)
	}
	if o.result == ResultFailed {
		d.divert(ctx, dl)
	}
	d.save(ctx, dl)
	return o
}

// divert tells the fallback of a receiver what that one can't be told. It comes before the delivery is given up in the store: a crash in
// between tries the receiver once more.
func (d *Deliverer) divert(ctx context.Context, dl Delivery) {
	to := d.said.Load().fallbacks[dl.Receiver]
	if to == "" {
		return
	}
	d.insist(ctx, "divert", dl, func(ctx context.Context) error { return d.o.Store.Divert(ctx, dl, to) })
	d.Wake()
}

// judge changes a delivery by how its send failed.
func (d *Deliverer) judge(dl *Delivery, e *SendError, repeat bool) outcome {
	o := outcome{receiver: dl.Receiver}
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
	return o
}

// save keeps an outcome: one that is lost makes a repeat.
func (d *Deliverer) save(ctx context.Context, dl Delivery) {
	d.insist(ctx, "save", dl, func(ctx context.Context) error { return d.o.Store.SaveDelivery(ctx, stamped(dl, d.o.Now())) })
}

// insist writes to the store for as long as it takes, and at least once when ctx has ended.
func (d *Deliverer) insist(ctx context.Context, operation string, dl Delivery, write func(context.Context) error) {
	for {
		err := write(context.WithoutCancel(ctx))
		if err == nil {
			return
		}
		d.o.Logger.Error("delivery not kept", "operation", operation, "receiver", dl.Receiver, "episode", dl.Episode, "err", err)
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
