package simulate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Log is where an app writes what it did. It is used by one call at a time.
type Log interface {
	// Record writes one attempt, and whatever else the app has to say around it.
	Record(x *Exchange) error
	Close() error
}

// AppOptions say what an app is like.
type AppOptions struct {
	Name   string
	URL    string // of the API
	Key    string // for the API
	Models []string
	Users  []string
	Mix    Mix
	Log    Log
	// Rate is the calls per second to begin with; SetRate changes it.
	Rate float64
	// Wave is how far the rate swings around that, 0 to 1, with a period of WavePeriod (default 10 minutes).
	Wave       float64
	WavePeriod time.Duration
	InFlight   int // calls at a time; default 32
	Retries    int // of the client; -1 for none, default 2 as in the SDKs
	Seed       uint64
	Clock      Clock
	HTTP       *http.Client // default: a new one
}

func (o AppOptions) validate() error {
	switch {
	case o.Name == "" || o.URL == "" || o.Key == "":
		return fmt.Errorf("app %q: name, url and key are needed", o.Name)
	case len(o.Models) == 0 || len(o.Users) == 0:
		return fmt.Errorf("app %s: models and users are needed", o.Name)
	case o.Mix == nil || o.Log == nil:
		return fmt.Errorf("app %s: a mix and a log are needed", o.Name)
	case o.Wave < 0 || o.Wave > 1:
		return fmt.Errorf("app %s: wave %g: out of range 0 to 1", o.Name, o.Wave)
	}
	return nil
}

// App is one application: it calls the API at random times around its rate and logs each attempt. It ends with Run's context,
// after the calls under way have been answered and logged.
type App struct {
	o      AppOptions
	client *client
	rate   atomic.Uint64 // float64 bits
	serial atomic.Uint64 // of the next call

	logging sync.Mutex // guards the log
}

// topRate bounds an app's rate, in calls per second.
const topRate = 10

// NewApp returns an app that does nothing yet.
func NewApp(o AppOptions) (*App, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	o.Clock = o.Clock.orWall()
	if o.WavePeriod <= 0 {
		o.WavePeriod = 10 * time.Minute
	}
	if o.InFlight <= 0 {
		o.InFlight = 32
	}
	switch {
	case o.Retries < 0:
		o.Retries = 0
	case o.Retries == 0:
		o.Retries = 2
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{}
	}
	a := &App{o: o, client: &client{o.HTTP, o.URL, o.Retries, o.Clock}}
	a.SetRate(o.Rate)
	return a, nil
}

// SetRate changes the calls per second, at most 10.
func (a *App) SetRate(perSecond float64) {
	a.rate.Store(math.Float64bits(min(topRate, max(0, perSecond))))
}

// rateAt is the rate with its wave at a time since the start.
func (a *App) rateAt(since time.Duration) float64 {
	swing := a.o.Wave * math.Sin(2*math.Pi*float64(since)/float64(a.o.WavePeriod))
	return math.Float64frombits(a.rate.Load()) * (1 + swing)
}

// Run makes calls until ctx ends, then returns nil. An error is that of a log, or of an API that can't be reached.
func (a *App) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(a.o.InFlight + 1)
	g.Go(func() error { return a.arrive(ctx, g) })
	return g.Wait()
}

// arrive starts calls as a Poisson process: candidates at the top rate, each taken with the part that the rate is of it, so that
// a change of the rate shows at once.
func (a *App) arrive(ctx context.Context, g *errgroup.Group) error {
	rng := rand.New(rand.NewPCG(a.o.Seed, 0xa1))
	start := a.o.Clock.Now()
	for at := start; ; {
		// A sleep that took too long is made up for, unless the machine itself was asleep.
		now := a.o.Clock.Now()
		at = later(at, now.Add(-time.Second)).Add(time.Duration(rng.ExpFloat64() / (2 * topRate) * float64(time.Second)))
		if !a.o.Clock.wait(ctx, at.Sub(now)) {
			return nil
		}
		if rng.Float64()*2*topRate < a.rateAt(at.Sub(start)) {
			g.TryGo(func() error { return a.Once(ctx) }) // an app at its limit of calls sheds the rest
		}
	}
}

// Once makes one call, with its retries, and logs the attempts.
func (a *App) Once(ctx context.Context) error {
	rng := rand.New(rand.NewPCG(a.o.Seed, 0xa2+a.serial.Add(1)))
	q := ask{
		key: a.o.Key, user: a.o.Users[rng.IntN(len(a.o.Users))], model: a.o.Models[rng.IntN(len(a.o.Models))], demand: a.o.Mix(rng),
	}
	return a.client.ask(ctx, q, rng, a.record)
}

func (a *App) record(x *Exchange) error {
	a.logging.Lock()
	defer a.logging.Unlock()
	x.App = a.o.Name
	if err := a.o.Log.Record(x); err != nil {
		return fmt.Errorf("app %s: %w", a.o.Name, err)
	}
	return nil
}

// Close closes the log. Call it after Run.
func (a *App) Close() error {
	a.logging.Lock()
	defer a.logging.Unlock()
	a.o.HTTP.CloseIdleConnections()
	if err := a.o.Log.Close(); err != nil && !errors.Is(err, errClosed) {
		return fmt.Errorf("app %s: %w", a.o.Name, err)
	}
	return nil
}
