package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
	"github.com/claudewatch/claudewatch/collector/webhook"
	"github.com/claudewatch/claudewatch/internal/config"
)

// pauses takes batches and tells how prompt their senders are said to be.
type pauses chan time.Duration

func (p pauses) Commit(_ context.Context, b collector.Batch) ([]claude.Change, error) {
	p <- b.Pause
	return make([]claude.Change, len(b.Calls)), nil
}

// The webhook learns from the server who sends one request after the other, so that such senders' calls are stored together.
func TestServerTellsSendersApart(t *testing.T) {
	told := make(pauses, 1)
	calls, err := webhook.New(webhook.Options{Sink: told, NewDecoder: decoderOf(config.Source{}, "webhook"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	none := http.NotFoundHandler()
	s := newServer(l, parts{metrics: none, calls: calls, page: none, alerts: none, status: none})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	one, other := &http.Client{Transport: &http.Transport{}}, &http.Client{Transport: &http.Transport{}}
	for i, tt := range []struct {
		from  *http.Client
		known bool
	}{{one, false}, {one, false}, {one, true}, {other, false}, {one, true}} {
		res, err := tt.from.Post("http://"+l.Addr().String()+"/v1/calls", "application/json", strings.NewReader(goodCall("req_1")))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body) // else the connection would not be used again
		_ = res.Body.Close()
		if pause := <-told; pause > 0 != tt.known {
			t.Errorf("pause before request %d = %v; want it to be known: %v", i, pause, tt.known)
		}
	}
	one.CloseIdleConnections()
	other.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run() = %v; want nil", err)
	}
}
