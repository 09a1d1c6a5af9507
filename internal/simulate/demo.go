package simulate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/claudewatch/claudewatch/claude"
)

// Options say how a demo runs. Only Dir is needed.
type Options struct {
	// Dir is where the apps write their logs. It must exist; who made it removes it after Run.
	Dir  string
	Seed uint64
	// Now and Sleep are the clock, by default the wall's; Speed, by default 1, is how many times as fast the demo lives.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	Speed float64
	// Listener is where the API listens, by default 127.0.0.1 on a free port; Dial is how the apps reach it, by default TCP.
	Listener net.Listener
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	Logger   *slog.Logger
	// Tell is called with a line for people when a scene of the story begins.
	Tell func(line string)
	// RotateBytes is the size at which a log is rotated, by default 2 MB.
	RotateBytes int64
}

func (o *Options) validate() error {
	if o.Dir == "" {
		return errors.New("demo: no folder for the logs")
	}
	if o.Speed < 0 || o.RotateBytes < 0 {
		return fmt.Errorf("demo: speed %g, rotate bytes %d: must not be negative", o.Speed, o.RotateBytes)
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.RotateBytes == 0 {
		o.RotateBytes = 2 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	return nil
}

// Source is a log of the demo: what to tail, and what its calls don't say themselves.
type Source struct {
	Glob      string
	App       string
	Workspace string
}

// Demo is an organization that uses Claude: an API, four apps and a story. NewDemo binds the listener, Run lives until its
// context ends. Calls under way are then answered at once and logged, so that logs and books agree.
type Demo struct {
	o        Options
	clock    Clock
	api      *API
	listener net.Listener
	http     *http.Client
	cast     cast
	sources  []Source
}

// The demo's workspaces.
const (
	production  = "wrkspc_01DemoProductionWorkspace1"
	engineering = "wrkspc_01DemoEngineeringWorkspace"
)

// demoLimits are small, so that a few calls per second come near them.
var demoLimits = map[claude.Pool]Limits{
	"sonnet-5":  {Requests: 600, InputTokens: 400_000, OutputTokens: 80_000},
	"haiku-4.5": {Requests: 240, InputTokens: 200_000, OutputTokens: 40_000},
	"opus-5.5":  {Requests: 60, InputTokens: 50_000, OutputTokens: 12_000},
}

// NewDemo binds the API's listener and opens the logs; nothing runs yet. End it with Run, or with Close when it never ran.
func NewDemo(o Options) (*Demo, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	clock := faster(Clock{Now: o.Now, Sleep: o.Sleep}.orWall(), o.Speed)
	api, err := NewAPI(APIOptions{
		Limits: demoLimits, Seed: o.Seed, Clock: clock, ZeroOnRefusal: true, Keys: map[string]Key{
			"sim-checkout": {"checkout", production}, "sim-support": {"support", production},
			"sim-importer": {"importer", production}, "sim-claude-code": {"claude-code", engineering},
		},
	})
	if err != nil {
		return nil, err
	}
	d := &Demo{o: o, clock: clock, api: api, listener: o.Listener}
	if d.listener == nil {
		if d.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil { //nolint:noctx // binding a port does not block
			return nil, fmt.Errorf("demo: %w", err)
		}
	}
	d.http = &http.Client{Transport: &http.Transport{DialContext: o.Dial, MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}}
	if err := d.hire(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// API returns the simulated API, for its books and its switches.
func (d *Demo) API() *API { return d.api }

// URL is where the API listens.
func (d *Demo) URL() string { return "http://" + d.listener.Addr().String() }

// Sources returns the logs, one per app.
func (d *Demo) Sources() []Source { return slices.Clone(d.sources) }

// Globs returns what to tail.
func (d *Demo) Globs() []string {
	globs := make([]string, len(d.sources))
	for i, s := range d.sources {
		globs[i] = s.Glob
	}
	return globs
}

// Close frees what NewDemo took, for a demo that never ran.
func (d *Demo) Close() error { return errors.Join(d.cast.close(), d.listener.Close()) }

// Run lives the story until ctx ends and then returns nil. It leaves nothing behind but the logs.
func (d *Demo) Run(ctx context.Context) error {
	server := &http.Server{Handler: d.api, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(d.o.Logger.Handler(), slog.LevelWarn)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(d.listener) }()
	d.o.Logger.Info("demo started", "url", d.URL(), "dir", d.o.Dir)
	err := d.live(ctx, served)
	return errors.Join(err, d.cast.close(), shutdown(ctx, server))
}

// live runs the apps and the story until ctx ends or one of them, or the server, fails.
func (d *Demo) live(ctx context.Context, served <-chan error) error {
	g, ctx := errgroup.WithContext(ctx)
	defer context.AfterFunc(ctx, d.api.Drain)()
	for _, app := range d.cast.all() {
		g.Go(func() error { return app.Run(ctx) })
	}
	g.Go(func() error {
		d.story(ctx)
		return nil
	})
	g.Go(func() error {
		select {
		case err := <-served:
			return fmt.Errorf("demo: serve: %w", err)
		case <-ctx.Done():
			return nil
		}
	})
	return g.Wait()
}

// shutdown ends the server when its clients are gone. ctx has ended already: the server gets some time of its own.
func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("demo: shut down: %w", err), server.Close())
	}
	return nil
}

// under returns a path in the demo's folder.
func (d *Demo) under(elem ...string) string {
	return filepath.Join(append([]string{d.o.Dir}, elem...)...)
}
