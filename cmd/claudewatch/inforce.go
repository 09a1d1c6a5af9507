package main

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/internal/config"
)

// inForce is the configuration that an agent works by, with what was made of it. It is replaced as a whole and only read.
type inForce struct {
	cfg       *config.Config
	receivers []alerts.Receiver
}

// handlerSlot is a handler that can be replaced while it serves: a request is served to its end by the one that it began with.
type handlerSlot struct{ current atomic.Pointer[http.Handler] }

func (s *handlerSlot) set(h http.Handler) { s.current.Store(&h) }

// ServeHTTP implements http.Handler.
func (s *handlerSlot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*s.current.Load()).ServeHTTP(w, r)
}

// keepFixed puts back what needs a restart, and names it: the port and the database are open, and the store, the log's format and
// standard input were set up with the rest.
func keepFixed(next, old *config.Config) (kept []string) {
	keep := func(key string, same bool, restore func()) {
		if !same {
			kept = append(kept, key)
			restore()
		}
	}
	keep("listen", next.Listen == old.Listen, func() { next.Listen = old.Listen })
	keep("database.path", next.Database.Path == old.Database.Path, func() { next.Database.Path = old.Database.Path })
	keep("live_window", next.LiveWindow == old.LiveWindow, func() { next.LiveWindow = old.LiveWindow })
	keep("log.format", next.Log.Format == old.Log.Format, func() { next.Log.Format = old.Log.Format })
	keep("sources: standard input", reflect.DeepEqual(streamed(next), streamed(old)), func() {
		next.Sources = append(followed(next), streamed(old)...)
	})
	return kept
}

// streamed are the sources that read standard input; followed are those that follow files.
func streamed(cfg *config.Config) []config.Source {
	var out []config.Source
	for _, src := range cfg.Sources {
		if slices.Contains(src.Tail, "-") {
			src.Tail = []string{"-"}
			out = append(out, src)
		}
	}
	return out
}

func followed(cfg *config.Config) []config.Source {
	var out []config.Source
	for _, src := range cfg.Sources {
		src.Tail = slices.DeleteFunc(slices.Clone(src.Tail), func(glob string) bool { return glob == "-" })
		if len(src.Tail) > 0 {
			out = append(out, src)
		}
	}
	return out
}

// changedKeys names the parts of a configuration that differ, as they are called in the file, secrets included.
func changedKeys(next, old *config.Config) []string {
	var keys []string
	a, b := reflect.ValueOf(next).Elem(), reflect.ValueOf(old).Elem()
	for i := range a.NumField() {
		tag, ok := a.Type().Field(i).Tag.Lookup("yaml")
		if !ok || reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			continue
		}
		key, _, _ := strings.Cut(tag, ",")
		keys = append(keys, key)
	}
	return keys
}
