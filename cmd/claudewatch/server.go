package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/claudewatch/claudewatch/collector/webhook"
)

// server is the agent's one port. Timeouts and limits on every connection keep a slow or hostile client from holding it up.
type server struct {
	listener net.Listener
	http     *http.Server
}

// listen binds the port before anything else starts, so that a taken one is said at once.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err == nil {
		return l, nil
	}
	err = fmt.Errorf("listen on %s: %w", addr, err)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, hinted{err, "another agent may be running; choose another port with --listen, as in --listen localhost:9430"}
	}
	return nil, hinted{err, "choose an address with --listen, as in --listen localhost:9429"}
}

// parts are what the server shows and takes.
type parts struct {
	metrics, calls, page http.Handler
	alerts               http.Handler
	ready                func(context.Context) error
	status               http.Handler
}

func newServer(l net.Listener, p parts) *server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", p.metrics)
	mux.Handle("/v1/calls", p.calls)
	mux.Handle("GET /{$}", p.page)
	mux.Handle("GET "+statusPath, p.status)
	mux.Handle("/api/v1/alerts", p.alerts)
	mux.Handle("/api/v1/alerts/", p.alerts)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := p.ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	// A page that somebody happens to have open must not be able to post records to the agent on their machine.
	handler := http.NewCrossOriginProtection().Handler(mux)
	return &server{l, &http.Server{
		Handler:           handler,
		ConnContext:       webhook.ConnContext,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}}
}

// Run serves until ctx ends, then lets requests under way finish.
func (s *server) Run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(newLimitedListener(s.listener, maxConnections)) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = s.http.Shutdown(grace) // what is left after the grace is closed with the process
	<-served                   //nolint:errcheck // that it was closed
	return nil
}
