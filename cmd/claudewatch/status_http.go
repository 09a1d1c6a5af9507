package main

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// statusPath is where an agent tells its picture as JSON.
const statusPath = "/api/v1/status"

// statusHandler tells the running agent's picture as JSON.
func statusHandler(read func(context.Context) (picture, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := read(r.Context())
		if err != nil {
			refuse(w, http.StatusServiceUnavailable, err)
			return
		}
		reply(w, http.StatusOK, p)
	})
}

// pageHandler shows the running agent's picture as text.
func pageHandler(read func(context.Context) (picture, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := read(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		var b strings.Builder
		_ = showTable(&b, p) // a strings.Builder takes everything
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, b.String()) // the client may have gone
	})
}
