package alerts

import "context"

// deliverRoll brings a shared message up to date with its alerts and keeps the outcome of each. It is not marked before it is sent:
// after a crash the list may be there twice, which is better than each of its alerts on its own.
func (d *Deliverer) deliverRoll(ctx context.Context, r Roller, all []Due) outcome {
	var messages []Message
	var ref Ref
	for i := range all {
		ref = all[i].Delivery.Ref
		messages = append(messages, d.frame(&all[i])) // the message is a list: nothing beside the titles is in it
	}
	sent, err := d.sendRoll(ctx, r, messages, ref)
	o := outcome{receiver: all[0].Delivery.Receiver, result: ResultSent}
	for i := range all {
		dl := all[i].Delivery
		if err == nil {
			if !dl.Rolled || dl.Ref != sent {
				dl.Rolled, dl.Ref = true, Ref{}
			}
			d.save(ctx, d.told(dl, sent, &messages[i].Alert))
			continue
		}
		if !dl.Rolled { // it is not a part of that message yet
			dl.Ref = Ref{}
		}
		e := *sendError(err)
		e.Maybe = false
		o = d.failed(ctx, dl, &e, false)
	}
	return o
}

func (d *Deliverer) sendRoll(ctx context.Context, r Roller, messages []Message, ref Ref) (Ref, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	sent, err := r.SendRoll(ctx, messages, ref)
	if err != nil && sendError(err).Gone && ref != (Ref{}) {
		return r.SendRoll(ctx, messages, Ref{})
	}
	return sent, err
}
