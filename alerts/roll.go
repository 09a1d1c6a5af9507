package alerts

import (
	"context"
	"errors"
	"slices"
)

// deliverRoll brings a shared message up to date with its alerts and keeps the outcome of each.
func (d *Deliverer) deliverRoll(ctx context.Context, r Roller, all []Due) outcome {
	var messages []Message
	for i := range all {
		messages = append(messages, d.frame(r, &all[i])) // the message is a list: nothing beside the titles is in it
	}
	ref, err := d.findRoll(ctx, r, all, messages)
	var sent Ref
	if err == nil {
		sent, err = d.sendRoll(ctx, r, all, messages, ref)
	}
	if err != nil && sendError(err).Gone && ref != (Ref{}) {
		ref = Ref{}
		sent, err = d.sendRoll(ctx, r, all, messages, ref)
	}
	o := outcome{receiver: all[0].Delivery.Receiver, result: ResultSent}
	for i := range all {
		dl := all[i].Delivery
		if err != nil {
			o = d.unrolled(ctx, dl, sendError(err), messages[i].MaybeSent)
			continue
		}
		if !dl.Rolled || dl.Ref != sent {
			dl.Rolled, dl.Ref = true, Ref{}
		}
		d.save(ctx, d.told(dl, sent, &messages[i].Alert))
	}
	return o
}

// findRoll returns the message to edit, if any: also one that an earlier send may have left, which nobody heard the end of.
func (d *Deliverer) findRoll(ctx context.Context, r Roller, all []Due, messages []Message) (Ref, error) {
	ref := all[0].Delivery.Ref
	i := slices.IndexFunc(messages, func(m Message) bool { return m.MaybeSent })
	if i < 0 || ref != (Ref{}) {
		return ref, nil
	}
	f, ok := r.(Finder)
	if !ok {
		return ref, nil
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	ref, err := f.Find(ctx, RollKey(messages[i].Alert.Episode), all[i].Delivery.SendingSince)
	if errors.Is(err, ErrCantTell) {
		return Ref{}, nil
	}
	if ref != (Ref{}) {
		for i := range messages {
			messages[i].MaybeSent = false
		}
	}
	return ref, err
}

// unrolled keeps the failure of one alert of a shared message. It is no part of that message yet, unless the send may have got through.
func (d *Deliverer) unrolled(ctx context.Context, dl Delivery, e *SendError, repeat bool) outcome {
	switch {
	case e.Maybe && !dl.SendingSince.IsZero():
		dl.Rolled = true
	case !dl.Rolled:
		dl.Ref = Ref{}
	}
	return d.failed(ctx, dl, e, repeat)
}

// sendRoll posts or edits a shared message. What a repeat of would be seen is marked before.
func (d *Deliverer) sendRoll(ctx context.Context, r Roller, all []Due, messages []Message, ref Ref) (Ref, error) {
	if ref == (Ref{}) || posts(r) {
		if err := d.markRoll(ctx, all, messages, ref); err != nil {
			d.o.Logger.Error("deliveries not marked", "receiver", all[0].Delivery.Receiver, "err", err)
			return Ref{}, &SendError{Reason: "delivery not marked"}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return r.SendRoll(ctx, messages, ref)
}

// markRoll notes in the store that a send begins of each alert that the message is to tell anything new of.
func (d *Deliverer) markRoll(ctx context.Context, all []Due, messages []Message, ref Ref) error {
	now := d.o.Now()
	for i := range all {
		dl := &all[i].Delivery
		if dl.Told == messages[i].Alert.Stage() {
			continue
		}
		if dl.SendingSince.IsZero() {
			dl.SendingSince = now
		}
		marked := *dl
		marked.Rolled, marked.Ref = true, ref
		if err := d.o.Store.SaveDelivery(ctx, stamped(marked, now)); err != nil {
			return err
		}
	}
	return nil
}
