// Package webhook tells of alerts over HTTP in the shape of Alertmanager's webhooks, version 4, which many tools take. With a secret
// each request is signed, so that its receiver can tell who sent it, and when.
package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/alerts/post"
)

// Options is what a receiver is made of. URL is required.
type Options struct {
	Name   string      // default: "webhook"
	URL    post.Secret // it may hold a key
	Secret post.Secret // signs each request; "" for no signature
	Now    func() time.Time
}

// Receiver posts each revision of an alert to one address.
type Receiver struct {
	o      Options
	client *post.Client
}

// New returns a receiver. It talks to nobody yet. Errors name the option, never its value.
func New(o Options) (*Receiver, error) {
	if o.Name == "" {
		o.Name = "webhook"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.URL == "" {
		return nil, fmt.Errorf("webhook receiver %s: %w", o.Name, errors.New("no url"))
	}
	if err := o.URL.CheckURL(); err != nil {
		return nil, fmt.Errorf("webhook receiver %s: url %w", o.Name, err)
	}
	return &Receiver{o, post.NewClient()}, nil
}

// Name returns the receiver's name.
func (r *Receiver) Name() string { return r.o.Name }

// Send posts the alert as it is now. Its errors wrap *alerts.SendError.
func (r *Receiver) Send(ctx context.Context, m alerts.Message, _ alerts.Ref) (alerts.Ref, error) {
	body, err := json.Marshal(r.payload(&m))
	if err != nil {
		return alerts.Ref{}, fmt.Errorf("webhook: %w", &alerts.SendError{Reason: "message not encoded", Permanent: true})
	}
	revision := strconv.FormatInt(m.Alert.Revision, 10)
	header := http.Header{}
	header.Set("Idempotency-Key", m.Alert.Episode+"-"+revision)
	if r.o.Secret != "" {
		header.Set(SignatureHeader, sign(string(r.o.Secret), body, r.o.Now()))
	}
	err = r.client.JSON(ctx, post.Request{URL: r.o.URL, Header: header, Body: body, Secrets: []post.Secret{r.o.Secret}})
	if err != nil {
		return alerts.Ref{}, fmt.Errorf("webhook: %w", err)
	}
	return alerts.Ref{Channel: "webhook", ID: revision}, nil
}
