package alerts

import (
	"context"
	"time"
)

// Bounds of what a channel is sent.
const (
	postBudget  = 20             // new messages to one channel in budgetSpan; critical alerts go beyond it
	budgetSpan  = time.Hour      // also how long a shared message takes in more alerts
	standsSince = 24 * time.Hour // how far back what was told is looked at
	choresEvery = 15 * time.Second
	remindAfter = 4 * time.Hour // of a warning
	remindGrave = time.Hour     // of a critical alert
)

// dispatch begins a send for each idle receiver that is due one.
func (d *Deliverer) dispatch(ctx, sending context.Context) {
	now := d.o.Now()
	due, err := d.o.Store.DueDeliveries(ctx, now)
	if err != nil {
		d.unread(ctx, err)
		return
	}
	c := &channels{d: d, ctx: ctx, now: now, due: due}
	for i := range due {
		l := d.receivers[due[i].Delivery.Receiver]
		if l == nil {
			d.discard(ctx, &due[i])
			continue
		}
		if !l.free(now) || d.waits(&due[i], now) {
			continue
		}
		if !c.begin(sending, l, due[i]) {
			return
		}
	}
	if now.Before(d.chores) && !now.Before(d.chores.Add(-choresEvery)) {
		return
	}
	d.chores = now.Add(choresEvery)
	c.remind(sending)
	c.refresh(sending)
}

// unread says that the store could not be read.
func (d *Deliverer) unread(ctx context.Context, err error) {
	if ctx.Err() == nil {
		d.o.Logger.Error("due deliveries not read", "err", err)
	}
}

// waits reports whether a delivery is left alone for now: it is silenced, or its message was edited just now for no other stage.
func (d *Deliverer) waits(due *Due, now time.Time) bool {
	a, dl := &due.Alert, &due.Delivery
	if d.silenced(due, now) {
		return dl.Delivered > 0 || a.State != Resolved
	}
	return dl.Ref != (Ref{}) && dl.Told == a.Stage() && dl.Attempts == 0 && now.Sub(dl.UpdatedAt).Abs() < editEvery
}

// silenced reports a muted alert. The end of what somebody was told is told all the same: it makes no noise, and a message that stands
// as firing would be wrong.
func (d *Deliverer) silenced(due *Due, now time.Time) bool {
	over := due.Alert.State == Resolved && due.Delivery.Delivered > 0
	return !over && d.o.Silenced(&due.Alert, now)
}

// channels is one look at what is due and what stands; what stands is read when it is needed.
type channels struct {
	d        *Deliverer
	ctx      context.Context
	now      time.Time
	due      []Due
	standing []Due
	read     bool
}

// stands reads what stands, once. It reports false when the store can't be read.
func (c *channels) stands() bool {
	if c.read {
		return true
	}
	var err error
	if c.standing, err = c.d.o.Store.StandingDeliveries(c.ctx, c.now.Add(-standsSince)); err != nil {
		c.d.unread(c.ctx, err)
		return false
	}
	c.read = true
	return true
}

// begin sends what is due to one receiver, on its own or in a shared message. It reports false when the store can't be read.
func (c *channels) begin(sending context.Context, l *lane, due Due) bool {
	roller, rolls := l.receiver.(Roller)
	if rolls && !c.d.silenced(&due, c.now) && (due.Delivery.Rolled || due.Delivery.Ref == (Ref{})) {
		if !c.stands() {
			return false
		}
		if c.shares(&due) {
			if roll := c.roll(&due); !c.fresh(roll) && l.take(c.now) {
				c.d.start(l, func() outcome { return c.d.deliverRoll(sending, roller, roll) })
			}
			return true
		}
		if due.Delivery.Rolled { // it has become grave enough for a message of its own
			due.Delivery.Rolled, due.Delivery.Ref = false, Ref{}
		}
	}
	if l.take(c.now) {
		c.d.start(l, func() outcome { return c.d.deliver(sending, l.receiver, due) })
	}
	return true
}

// shares reports whether what is due goes into a shared message: it is in one, or it is new and the budget is spent.
func (c *channels) shares(due *Due) bool {
	dl, grave := &due.Delivery, due.Alert.Severity == Critical
	switch {
	case dl.Rolled: // the end of an alert is told where it was told of
		return !grave || due.Alert.State == Resolved
	case grave || !dl.SendingSince.IsZero() || c.d.expired(*due):
		return false
	default:
		return c.posted(dl.Receiver) >= postBudget
	}
}

// posted counts the messages of one receiver that are new in the last hour.
func (c *channels) posted(receiver string) int {
	n := 0
	for i := range c.standing {
		dl := &c.standing[i].Delivery
		if age := c.now.Sub(dl.PostedAt); dl.Receiver == receiver && !dl.Rolled && age < budgetSpan && !dl.PostedAt.IsZero() {
			n++
		}
	}
	return n
}

// roll gathers the shared message that a delivery belongs to: what is in it already, and whatever else is new and due.
func (c *channels) roll(due *Due) []Due {
	open := c.openRoll(due.Delivery.Receiver)
	ref := open.takes(&due.Delivery)
	var all []Due
	in := map[string]bool{}
	add := func(x Due) {
		if x.Delivery.Receiver != due.Delivery.Receiver || in[x.Delivery.Episode] || c.d.silenced(&x, c.now) {
			return
		}
		if open.takes(&x.Delivery) != ref || !x.Delivery.Rolled && (x.Delivery.Ref != (Ref{}) || !c.shares(&x)) {
			return
		}
		in[x.Delivery.Episode] = true
		x.Delivery.Ref = ref
		all = append(all, x)
	}
	for _, x := range c.due { // the newest revision first: what stands may be older
		add(x)
	}
	for _, x := range c.standing {
		if x.Delivery.Rolled {
			add(x)
		}
	}
	return all
}

// fresh reports a shared message that was sent just now: edits are a minute apart, whatever changed.
func (c *channels) fresh(roll []Due) bool {
	for i := range roll {
		dl := &roll[i].Delivery
		if dl.Rolled && dl.Ref != (Ref{}) && dl.Attempts == 0 && c.now.Sub(dl.UpdatedAt).Abs() < editEvery {
			return true
		}
	}
	return false
}

// openRoll is the shared message that still takes in alerts; the zero one for none.
type openRoll struct {
	ref    Ref
	posted time.Time
}

func (c *channels) openRoll(receiver string) (o openRoll) {
	for i := range c.standing {
		dl := &c.standing[i].Delivery
		if dl.Receiver == receiver && dl.Rolled && dl.PostedAt.After(o.posted) && c.now.Sub(dl.PostedAt) < budgetSpan {
			o = openRoll{dl.Ref, dl.PostedAt}
		}
	}
	return o
}

// takes returns the shared message that a delivery belongs to, the zero Ref for a new one. One that was marked and has no message was
// being sent when the agent died, and is in the open message if that came after the mark; or its send was never answered, and then it
// may be in a message that nobody knows.
func (o openRoll) takes(dl *Delivery) Ref {
	switch {
	case dl.Ref != (Ref{}):
		return dl.Ref
	case dl.Rolled && (dl.Attempts > 0 || o.posted.Before(dl.SendingSince)):
		return Ref{}
	default:
		return o.ref
	}
}
