package alerts

import (
	"context"
	"fmt"
)

// removed is why a delivery to a receiver that is not configured any more ends.
const removed = "receiver removed"

// reception is who is told, and what messages point at.
type reception struct {
	receivers []Receiver
	fallbacks map[string]string
	links     []Link
}

func (r *reception) validate() error {
	names := map[string]bool{}
	for _, one := range r.receivers {
		if names[one.Name()] {
			return fmt.Errorf("deliverer: two receivers named %q", one.Name())
		}
		names[one.Name()] = true
	}
	for name, to := range r.fallbacks {
		if !names[name] || !names[to] || name == to {
			return fmt.Errorf("deliverer: %q can't be the fallback of %q", to, name)
		}
	}
	return nil
}

// SetReceivers puts other receivers, fallbacks and links in force while Run works. A receiver that keeps its name keeps what it was
// told; what is due to one that is gone ends. Routes to new receivers must come after this, or what is due to them would end too. After
// an error the old ones stay.
func (d *Deliverer) SetReceivers(receivers []Receiver, fallbacks map[string]string, links []Link) error {
	next := &reception{receivers, fallbacks, links}
	if err := next.validate(); err != nil {
		return err
	}
	d.next.Store(next)
	d.Wake()
	return nil
}

// receive takes up what SetReceivers has set. A lane that is sending ends with that send.
func (d *Deliverer) receive() {
	next := d.next.Swap(nil)
	if next == nil {
		return
	}
	kept := map[string]bool{}
	for _, r := range next.receivers {
		kept[r.Name()] = true
		l := d.receivers[r.Name()]
		if l == nil {
			d.receivers[r.Name()] = newLane(r)
			continue
		}
		// Whatever kept the old one from being told may be mended.
		*l = lane{receiver: r, busy: l.busy, tokens: l.tokens, filled: l.filled}
	}
	for name, l := range d.receivers {
		if l.removed = !kept[name]; l.removed && !l.busy {
			delete(d.receivers, name)
		}
	}
	d.said.Store(next)
}

// discard ends what is due to a receiver that there is not.
func (d *Deliverer) discard(ctx context.Context, due *Due) {
	if d.next.Load() != nil { // it may be one that is about to come
		return
	}
	dl := due.Delivery
	dl.Dead, dl.LastError = true, removed
	d.o.Logger.Info("alert not delivered", "receiver", dl.Receiver, "episode", dl.Episode, "reason", removed)
	if err := d.o.Store.SaveDelivery(ctx, stamped(dl, d.o.Now())); err != nil && ctx.Err() == nil {
		d.o.Logger.Error("delivery not saved", "receiver", dl.Receiver, "episode", dl.Episode, "err", err)
	}
}
