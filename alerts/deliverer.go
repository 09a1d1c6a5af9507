package alerts

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Timings of delivery.
const (
	sendTimeout  = 15 * time.Second
	shutdownWait = 5 * time.Second  // for sends that are under way
	pollEvery    = 5 * time.Second  // for what nobody woke the deliverer for
	firstRetry   = time.Second      // doubles with each failure, with full jitter
	lastRetry    = 5 * time.Minute  // also from the second send on that may have got through
	limitedWait  = 30 * time.Second // after a 429 that names no time
	lateness     = 6 * time.Hour    // what was resolved longer ago and never sent is dropped
	sendBurst    = 4                // messages to one receiver at once, then one a second
	sendPace     = time.Second
	editEvery    = time.Minute // of one message, while its stage stays the same
)

// Results of sends, as OnResult names them.
const (
	ResultSent        = "sent"
	ResultRetry       = "retry"        // a transient failure
	ResultRateLimited = "rate_limited" // the receiver asked to wait
	ResultFailed      = "failed"       // given up: the error is permanent
	ResultExpired     = "expired"      // given up: over for too long
	ResultSilenced    = "silenced"     // over before its silence was: nobody hears of it
)

// Outbox is the part of the store that the deliverer needs.
type Outbox interface {
	// DueDeliveries returns what Store.DueDeliveries returns.
	DueDeliveries(ctx context.Context, now time.Time) ([]Due, error)
	// StandingDeliveries returns what Store.StandingDeliveries returns.
	StandingDeliveries(ctx context.Context, since time.Time) ([]Due, error)
	// SaveDelivery does what Store.SaveDelivery does.
	SaveDelivery(ctx context.Context, d Delivery) error
	// Divert does what Store.Divert does.
	Divert(ctx context.Context, d Delivery, to string) error
}

// DelivererOptions is what a deliverer is made of. Store is required.
type DelivererOptions struct {
	Store     Outbox
	Receivers []Receiver
	Fallbacks map[string]string // by name: who is told what a receiver can't be told
	Now       func() time.Time  // default: time.Now
	Logger    *slog.Logger      // default: none
	Links     []Link            // to the agent's page, a dashboard and the like
	// Silenced reports whether an alert is muted at a time. Default: never.
	Silenced func(a *Alert, now time.Time) bool
	// Describe adds what only a message needs, such as the series, before an alert is sent. Default: nothing.
	Describe func(ctx context.Context, a *Alert)
	// OnResult hears of each send, from several goroutines.
	OnResult func(receiver, result string, at time.Time)
}

// Deliverer brings receivers from what they were last told to what is now so. It is level-triggered: it sends the newest
// revision of what the store says is due, however many there were in between. A receiver gets one message at a time; receivers
// don't wait for each other. Each send is marked in the store before it begins: a mark found later means that nobody knows
// whether the message got through, and the repeat says so unless the receiver can find the message.
type Deliverer struct {
	o         DelivererOptions
	receivers map[string]*lane
	wake      chan struct{} // of capacity 1: a full one is as good as two
	done      chan outcome  // written by sends, read by Run only
	chores    time.Time     // when reminders are next due a look; only Run touches it
	next      atomic.Pointer[reception]
	said      atomic.Pointer[reception] // in force
}

// lane is the way to one receiver. Only Run touches it.
type lane struct {
	receiver  Receiver
	busy      bool
	removed   bool      // it goes when it is not busy any more
	until     time.Time // not before this
	failures  int       // in a row
	tokens    float64   // messages that may go at once
	filled    time.Time
	refreshed time.Time // when a receiver that forgets was last told everything
}

// outcome is how a send ended.
type outcome struct {
	receiver string
	result   string        // "" for what is not worth counting
	wait     time.Duration // before the receiver gets anything else
}

// NewDeliverer returns a deliverer that Run starts. Receivers need names of their own.
func NewDeliverer(o DelivererOptions) (*Deliverer, error) {
	if o.Store == nil {
		return nil, errors.New("deliverer: no store")
	}
	o.complete()
	d := &Deliverer{o: o, receivers: map[string]*lane{}, wake: make(chan struct{}, 1), done: make(chan outcome)}
	first := &reception{o.Receivers, o.Fallbacks, o.Links}
	if err := first.validate(); err != nil {
		return nil, err
	}
	for _, r := range o.Receivers {
		d.receivers[r.Name()] = newLane(r)
	}
	d.said.Store(first)
	return d, nil
}

func newLane(r Receiver) *lane { return &lane{receiver: r, tokens: sendBurst} }

func (o *DelivererOptions) complete() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnResult == nil {
		o.OnResult = func(string, string, time.Time) {}
	}
	if o.Silenced == nil {
		o.Silenced = func(*Alert, time.Time) bool { return false }
	}
	if o.Describe == nil {
		o.Describe = func(context.Context, *Alert) {}
	}
}

// Wake makes the deliverer look at the store now. It never blocks.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, and then waits a few seconds for sends that are under way. It returns nil.
func (d *Deliverer) Run(ctx context.Context) error {
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	for ctx.Err() == nil {
		d.receive()
		d.dispatch(ctx, sending)
		timer := time.NewTimer(d.pause())
		select {
		case <-ctx.Done():
		case <-d.wake:
		case o := <-d.done:
			d.finish(o)
		case <-timer.C:
		}
		timer.Stop()
	}
	d.drain(cancel)
	return nil
}

// drain waits for the sends that are under way, not for long.
func (d *Deliverer) drain(cancel context.CancelFunc) {
	timer := time.AfterFunc(shutdownWait, cancel)
	defer timer.Stop()
	for _, l := range d.receivers {
		for l.busy {
			d.finish(<-d.done)
		}
	}
}

// start begins a send on an idle receiver's lane.
func (d *Deliverer) start(l *lane, send func() outcome) {
	l.busy = true
	go func() { d.done <- send() }()
}

// take spends one message of the receiver's pace.
func (l *lane) take(now time.Time) bool {
	if !l.filled.IsZero() {
		l.tokens = min(sendBurst, l.tokens+max(0, now.Sub(l.filled).Seconds())/sendPace.Seconds())
	}
	l.filled = now
	if l.tokens < 1 {
		l.until = now.Add(time.Duration((1 - l.tokens) * float64(sendPace)))
		return false
	}
	l.tokens--
	return true
}

// free reports whether the receiver can be sent something now.
func (l *lane) free(now time.Time) bool { return !l.busy && !l.removed && !now.Before(l.until) }

// pause is how long Run waits when nothing happens.
func (d *Deliverer) pause() time.Duration {
	now, pause := d.o.Now(), pollEvery
	for _, l := range d.receivers {
		if wait := l.until.Sub(now); !l.busy && wait > 0 {
			pause = min(pause, wait)
		}
	}
	return pause
}

// finish frees the receiver of an ended send. One that is down or busy is left alone for a while, whatever else is due.
func (d *Deliverer) finish(o outcome) {
	l, now := d.receivers[o.receiver], d.o.Now()
	l.busy = false
	if l.removed {
		delete(d.receivers, o.receiver)
	}
	switch o.result {
	case ResultRateLimited:
		l.until = now.Add(o.wait)
	case ResultRetry:
		l.failures++
		// One message that always fails must not hold up the others for as long as itself.
		l.until = now.Add(min(o.wait, backoff(l.failures)))
	default:
		l.failures, l.until = 0, time.Time{}
	}
	if o.result != "" {
		d.o.OnResult(o.receiver, o.result, now)
	}
}

// backoff is the wait after the nth failure in a row, with full jitter so that agents don't come back all at once.
func backoff(failures int) time.Duration {
	most := lastRetry
	if failures < 10 {
		most = min(lastRetry, firstRetry<<max(0, failures-1))
	}
	return most/10 + rand.N(most-most/10)
}
