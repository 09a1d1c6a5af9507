package simulate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Key is who an API key belongs to.
type Key struct {
	Name      string // what the books call it
	Workspace string // wrkspc_...
}

// APIOptions say what a simulated API is like.
type APIOptions struct {
	// Limits are the pools that the organization may use, at least one. Other models are not found.
	Limits map[claude.Pool]Limits
	// Keys are the valid API keys, at least one.
	Keys         map[string]Key
	Organization string // default: made from the seed
	Ramp         Ramp   // the limit on sharp growth; none by default
	// ZeroOnRefusal has a 429 show nothing left of the limiter that refused, as recorded ones do, though less than the request
	// needs may be left. Without it all headers show what the buckets hold.
	ZeroOnRefusal bool
	Seed          uint64
	Clock         Clock
}

func (o APIOptions) validate() error {
	if len(o.Limits) == 0 {
		return errors.New("simulated api: no limits")
	}
	for p, l := range o.Limits {
		if l.Requests <= 0 || l.InputTokens <= 0 || l.OutputTokens <= 0 {
			return fmt.Errorf("simulated api: limits of %s %+v: must be above 0", p, l)
		}
	}
	if len(o.Keys) == 0 {
		return errors.New("simulated api: no keys")
	}
	if o.Ramp.Factor < 0 || o.Ramp.Floor < 0 || o.Ramp.Floor > 1 {
		return fmt.Errorf("simulated api: ramp %+v: out of range", o.Ramp)
	}
	return nil
}

// API answers POST /v1/messages as the Claude API does for one organization: real token buckets, its headers, its refusals. It
// is an http.Handler; who serves it owns the listener. Its books count exactly what it answered.
type API struct {
	clock        Clock
	keys         map[string]Key
	organization string
	zero         bool // ZeroOnRefusal
	ramp         Ramp
	closing      chan struct{} // closed by Drain
	drain        sync.Once

	mu       sync.Mutex // guards what follows
	rng      *rand.Rand
	pools    map[claude.Pool]*pool
	overload float64
	capped   bool
	books    books
}

// NewAPI returns an API whose buckets are full.
func NewAPI(o APIOptions) (*API, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	a := &API{
		clock: o.Clock.orWall(), keys: maps.Clone(o.Keys), organization: o.Organization, ramp: o.Ramp, zero: o.ZeroOnRefusal,
		closing: make(chan struct{}), rng: rand.New(rand.NewPCG(o.Seed, 0xa91)), pools: map[claude.Pool]*pool{}, books: newBooks(),
	}
	if a.organization == "" {
		a.organization = uuid(a.rng)
	}
	for p, l := range o.Limits {
		a.pools[p] = newPool(l)
	}
	return a, nil
}

// SetOverload has the given part of requests, 0 to 1, answered with 529 from now on.
func (a *API) SetOverload(part float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.overload = part
}

// SetSpendCap says whether the organization has reached its monthly spend cap: then every request is refused.
func (a *API) SetSpendCap(reached bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.capped = reached
}

// SetRamp changes the limit on sharp growth.
func (a *API) SetRamp(r Ramp) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ramp = r
}

// Drain has the requests under way, and any later ones, answered without further delay, so that a server can end soon and what
// it answered is still complete.
func (a *API) Drain() { a.drain.Do(func() { close(a.closing) }) }

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, no := a.read(w, r)
	if no == nil {
		no = a.admit(req)
	}
	ctx, stop := a.untilDrained(r.Context())
	defer stop()
	if no != nil {
		a.pause(ctx, 40*time.Millisecond)
		a.refuse(w, req, no)
		return
	}
	a.produce(ctx, req)
	if r.Context().Err() != nil { // the client is gone: nobody sees an answer, so the books don't count one
		return
	}
	a.answer(w, req)
}

// untilDrained returns a context that ends with ctx or when the API drains.
func (a *API) untilDrained(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		select {
		case <-a.closing:
			cancel()
		case <-done:
		}
	}()
	return ctx, func() { close(done); cancel() }
}

// pause sleeps; a drained or canceled sleep is simply over.
func (a *API) pause(ctx context.Context, d time.Duration) { a.clock.wait(ctx, d) }

// produce lets the time pass that an answer takes and charges its tokens as they come.
func (a *API) produce(ctx context.Context, req *request) {
	pace := paceOf(req.pool)
	a.mu.Lock()
	spread := 0.8 + 0.4*a.rng.Float64()
	a.mu.Unlock()
	prompt := time.Duration(req.demand.counted(req.pool)) * 30 * time.Microsecond
	a.pause(ctx, time.Duration(float64(pace.first+prompt)*spread))
	a.charge(req, func(p *pool, now time.Time) { p.input.correct(now, req.demand.counted(req.pool)-req.estimate) })
	perSecond := pace.perSecond / spread
	for left := req.demand.Output; left > 0; {
		n := min(left, int64(perSecond))
		a.pause(ctx, time.Duration(float64(n)/perSecond*float64(time.Second)))
		a.charge(req, func(p *pool, now time.Time) { p.output.take(now, n) })
		left -= n
	}
}

func (a *API) charge(req *request, f func(*pool, time.Time)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f(a.pools[req.pool], a.clock.Now())
}
