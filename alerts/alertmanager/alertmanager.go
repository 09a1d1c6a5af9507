// Package alertmanager pushes alerts to Alertmanager, through version 2 of its API. Alertmanager keeps alerts in memory and takes one
// that nobody repeats for resolved, so everything that fires is repeated, and so is, for a while, what was resolved.
package alertmanager

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/post"
)

// Timings. An alert ends by itself when the agent has been away for longer than firesFor.
const (
	refreshEvery = 30 * time.Second
	firesFor     = 3 * time.Minute
	resolvedFor  = 15 * time.Minute // as Prometheus does: Alertmanager forgets a resolve that it did not flush before a restart
	batch        = 64               // alerts in one request
)

// Options is what a receiver is made of. At least one URL is required.
type Options struct {
	Name   string        // default: "alertmanager"
	URLs   []post.Secret // of every Alertmanager of a cluster: they want to be told each, not through a balancer
	Token  post.Secret   // sent as a bearer token; "" for none
	Logger *slog.Logger  // default: none
}

// Receiver pushes to Alertmanagers. One that takes an alert is enough: the others get it with the next refresh.
type Receiver struct {
	o         Options
	endpoints []*endpoint
	client    *post.Client
}

// endpoint is one Alertmanager.
type endpoint struct {
	host string // to name it by: an address may hold a secret
	url  post.Secret

	mu   sync.Mutex // protects down
	down bool
}

// New returns a receiver. It talks to nobody yet. Errors name the option, never its value.
func New(o Options) (*Receiver, error) {
	if o.Name == "" {
		o.Name = "alertmanager"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if len(o.URLs) == 0 {
		return nil, fmt.Errorf("alertmanager receiver %s: %w", o.Name, errors.New("no url"))
	}
	r := &Receiver{o: o, client: post.NewClient()}
	for i, u := range o.URLs {
		if err := u.CheckURL(); err != nil {
			return nil, fmt.Errorf("alertmanager receiver %s: url %d %w", o.Name, i+1, err)
		}
		parsed, err := url.Parse(string(u))
		if err != nil { // CheckURL has parsed it already
			return nil, fmt.Errorf("alertmanager receiver %s: url %d is no address", o.Name, i+1)
		}
		r.endpoints = append(r.endpoints, &endpoint{host: parsed.Host, url: post.Secret(strings.TrimSuffix(string(u), "/") + "/api/v2/alerts")})
	}
	return r, nil
}

// Name returns the receiver's name.
func (r *Receiver) Name() string { return r.o.Name }

// Refreshes returns how often everything that lasts wants to be told, and for how long after its end.
func (r *Receiver) Refreshes() (every, linger time.Duration) { return refreshEvery, resolvedFor }

// Send pushes one alert. Its errors wrap *alerts.SendError.
func (r *Receiver) Send(ctx context.Context, m alerts.Message, _ alerts.Ref) (alerts.Ref, error) {
	return alerts.Ref{Channel: "alertmanager", ID: m.Alert.Episode}, r.push(ctx, []alerts.Message{m})
}

// Refresh pushes everything that lasts.
func (r *Receiver) Refresh(ctx context.Context, messages []alerts.Message) error {
	for len(messages) > 0 {
		n := min(batch, len(messages))
		if err := r.push(ctx, messages[:n]); err != nil {
			return err
		}
		messages = messages[n:]
	}
	return nil
}

// push tells every Alertmanager, all at once. It is an error only when none of them took it.
func (r *Receiver) push(ctx context.Context, messages []alerts.Message) error {
	list := make([]postable, len(messages))
	for i := range messages {
		list[i] = newPostable(&messages[i])
	}
	body, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("alertmanager: %w", &alerts.SendError{Reason: "message not encoded", Permanent: true})
	}
	errs := make([]error, len(r.endpoints))
	var all sync.WaitGroup
	for i, e := range r.endpoints {
		all.Go(func() { errs[i] = r.tell(ctx, e, body) })
	}
	all.Wait()
	return r.verdict(errs)
}

func (r *Receiver) tell(ctx context.Context, e *endpoint, body []byte) error {
	header := http.Header{}
	if r.o.Token != "" {
		header.Set("Authorization", "Bearer "+string(r.o.Token))
	}
	return r.client.JSON(ctx, post.Request{URL: e.url, Header: header, Body: body, Secrets: []post.Secret{r.o.Token}, Idempotent: true})
}

// verdict makes one end of all. Where some took it, those that did not are named once, until they are back.
func (r *Receiver) verdict(errs []error) error {
	var last error
	taken := false
	for _, err := range errs {
		taken = taken || err == nil
		last = worse(last, err)
	}
	if !taken {
		return fmt.Errorf("alertmanager: %w", last)
	}
	for i, err := range errs {
		r.note(r.endpoints[i], err)
	}
	return nil
}

// worse returns the error that leaves more hope: a receiver is given up only when all of its servers refuse for good.
func worse(a, b error) error {
	if a == nil || b == nil {
		return errors.Join(a, b)
	}
	if e, ok := errors.AsType[*alerts.SendError](a); ok && e.Permanent {
		return b
	}
	return a
}

// note logs when one of several Alertmanagers goes away or comes back.
func (r *Receiver) note(e *endpoint, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if was := e.down; was == (err != nil) {
		return
	}
	e.down = err != nil
	if err != nil {
		r.o.Logger.Warn("alertmanager does not take alerts; the others do", "receiver", r.o.Name, "host", e.host, "reason", err.Error())
		return
	}
	r.o.Logger.Info("alertmanager takes alerts again", "receiver", r.o.Name, "host", e.host)
}
