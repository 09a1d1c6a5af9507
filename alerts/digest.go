package alerts

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Timings of digests.
const (
	digestPoll  = time.Minute   // how often the clock is looked at: it may be set, and laptops sleep
	digestGrace = 6 * time.Hour // a digest that could not be sent for longer is left out
	digestRetry = 5 * time.Minute
)

// Digest is what happened in a day. What is unknown stays unknown.
type Digest struct {
	From, To      time.Time
	Calls         claude.Opt[int64]
	RateLimited   claude.Opt[int64] // calls refused with 429
	Overloaded    claude.Opt[int64]
	Retries       claude.Opt[int64]
	RetryDelay    claude.Opt[time.Duration]
	Tokens        claude.Opt[int64]   // of all kinds
	CostUSD       claude.Opt[float64] // of the calls that have a price
	Unpriced      claude.Opt[int64]   // tokens of the calls that have none
	Limits        []DigestLimit       // the fullest first
	Apps          []DigestApp         // the one with most tokens first
	Alerts        []Alert             // that fired or were still firing, the newest first
	Forecasts     []Field             // of limits, where there is one
	Zone          *time.Location      // of the reader
	AlertsOmitted int                 // how many more there were
}

// DigestLimit is the busiest minute of one bucket.
type DigestLimit struct {
	Name  string // as in "input tokens of sonnet-5"
	Peak  claude.Opt[float64]
	Limit claude.Opt[int64] // per minute
	At    time.Time         // of the busiest minute
}

// DigestApp is what one app used. "" is calls that name no app.
type DigestApp struct {
	App     string
	Calls   int64
	Tokens  int64
	CostUSD claude.Opt[float64]
}

// DigestSource knows what happened.
type DigestSource interface {
	// Digest returns what happened from one time until before another.
	Digest(ctx context.Context, from, to time.Time) (Digest, error)
}

// DigestLog remembers until when each receiver was told.
type DigestLog interface {
	// DigestUntil returns the zero time when the receiver was never told.
	DigestUntil(ctx context.Context, receiver string) (time.Time, error)
	SaveDigest(ctx context.Context, receiver string, until time.Time) error
}

// Digested is a receiver that takes digests. Its errors are those of Receiver.Send.
type Digested interface {
	Name() string
	SendDigest(ctx context.Context, d Digest) error
}

// DigestPlan says when one receiver is told.
type DigestPlan struct {
	Receiver Digested
	Hour     int
	Minute   int
	Zone     *time.Location // nil for UTC
}

// DigesterOptions is what a digester is made of. Source and Log are required.
type DigesterOptions struct {
	Source DigestSource
	Log    DigestLog
	Plans  []DigestPlan
	Now    func() time.Time // default: time.Now
	Logger *slog.Logger     // default: none
	// OnResult hears of each try.
	OnResult func(receiver, result string, at time.Time)
}

// Digester tells receivers of each day once, at their time of day. A digest that the agent was down for is sent when it is back, if that
// is not too late; after a restart none is sent twice.
type Digester struct {
	o     DigesterOptions
	tries map[string]time.Time // when a receiver may be tried again; only Run touches it
	plans atomic.Pointer[[]DigestPlan]
}

// NewDigester returns a digester that Run starts.
func NewDigester(o DigesterOptions) (*Digester, error) {
	if o.Source == nil || o.Log == nil {
		return nil, errors.New("digester: no source or log")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnResult == nil {
		o.OnResult = func(string, string, time.Time) {}
	}
	d := &Digester{o: o, tries: map[string]time.Time{}}
	d.SetPlans(o.Plans)
	return d, nil
}

// SetPlans puts other plans in force, from the next look at the clock on.
func (d *Digester) SetPlans(plans []DigestPlan) { d.plans.Store(&plans) }

// Run sends digests until ctx ends. It returns nil.
func (d *Digester) Run(ctx context.Context) error {
	ticker := time.NewTicker(digestPoll)
	defer ticker.Stop()
	for {
		for _, p := range *d.plans.Load() {
			d.look(ctx, &p)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// look sends a receiver's digest if it is due.
func (d *Digester) look(ctx context.Context, p *DigestPlan) {
	now, name := d.o.Now(), p.Receiver.Name()
	due := p.last(now)
	if now.Sub(due) > digestGrace || now.Before(d.tries[name]) {
		return
	}
	until, err := d.o.Log.DigestUntil(ctx, name)
	if err == nil && !until.Before(due) {
		return
	}
	if err == nil {
		err = d.send(ctx, p, due)
	}
	result := ResultSent
	if err != nil {
		if ctx.Err() != nil {
			return
		}
		e := sendError(err)
		result = ResultRetry
		d.tries[name] = now.Add(max(digestRetry, e.RetryAfter))
		if e.Permanent {
			result = ResultFailed
			d.tries[name] = now.Add(digestGrace)
		}
		d.o.Logger.Warn("digest not sent", "receiver", name, "reason", e.Reason)
	}
	d.o.OnResult(name, result, now)
}

func (d *Digester) send(ctx context.Context, p *DigestPlan, due time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	day, err := d.o.Source.Digest(ctx, p.dayBefore(due), due)
	if err != nil {
		return err
	}
	day.From, day.To, day.Zone = p.dayBefore(due), due, p.zone()
	if err := p.Receiver.SendDigest(ctx, day); err != nil {
		return err
	}
	return d.o.Log.SaveDigest(context.WithoutCancel(ctx), p.Receiver.Name(), due)
}

func (p *DigestPlan) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// last returns when a digest was due last, now included.
func (p *DigestPlan) last(now time.Time) time.Time {
	local := now.In(p.zone())
	at := time.Date(local.Year(), local.Month(), local.Day(), p.Hour, p.Minute, 0, 0, p.zone())
	if at.After(now) {
		return p.dayBefore(at)
	}
	return at
}

// dayBefore returns the same time of day a day earlier: 23 to 25 hours, as clocks change.
func (p *DigestPlan) dayBefore(at time.Time) time.Time {
	l := at.In(p.zone())
	return time.Date(l.Year(), l.Month(), l.Day()-1, p.Hour, p.Minute, 0, 0, p.zone())
}
