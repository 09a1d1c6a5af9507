// Package webhook takes calls over HTTP: one record, an array, records line by line, or the lines of a log. The answer comes after
// the commit, so that a sender who was told 200 may forget what it sent.
package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// sourceName is the source of what comes in here.
const sourceName = "webhook"

// Defaults of Options.
const (
	defaultMaxBody     = 16 << 20
	defaultMaxDecoded  = 64 << 20
	defaultMaxElements = 100_000
	defaultMaxLine     = 1 << 20
	defaultMaxInFlight = 256 << 20
	defaultMaxRequests = 256
	maxIdempotencyKey  = 255
)

// Options are what a Handler is made of. NewDecoder, Sink and Logger are required.
type Options struct {
	NewDecoder  func() collector.Decoder // one for each request
	Sink        collector.Sink
	Logger      *slog.Logger
	Now         func() time.Time // time.Now if nil
	Token       string           // what senders must show as a bearer token; "" asks for none
	MaxBody     int64            // bytes as sent; 16 MiB if 0
	MaxDecoded  int64            // bytes after decompression; 64 MiB if 0
	MaxElements int              // of one request; 100,000 if 0
	MaxLine     int              // bytes of one element; 1 MiB if 0
	MaxInFlight int64            // decompressed bytes of all requests that wait; 256 MiB if 0
	MaxRequests int              // that wait; 256 if 0
}

func (o *Options) validate() error {
	if o.NewDecoder == nil || o.Sink == nil || o.Logger == nil {
		return errors.New("webhook: decoder, sink and logger are required")
	}
	if min(o.MaxBody, o.MaxDecoded, o.MaxInFlight, int64(o.MaxElements), int64(o.MaxLine), int64(o.MaxRequests)) < 0 {
		return fmt.Errorf("webhook: negative limit: body %d, decoded %d, in flight %d, elements %d, line %d, requests %d",
			o.MaxBody, o.MaxDecoded, o.MaxInFlight, o.MaxElements, o.MaxLine, o.MaxRequests)
	}
	return nil
}

func (o *Options) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.MaxBody = orDefault(o.MaxBody, defaultMaxBody)
	o.MaxDecoded = orDefault(o.MaxDecoded, defaultMaxDecoded)
	o.MaxElements = orDefault(o.MaxElements, defaultMaxElements)
	o.MaxLine = orDefault(o.MaxLine, defaultMaxLine)
	o.MaxInFlight = orDefault(o.MaxInFlight, defaultMaxInFlight)
	o.MaxRequests = orDefault(o.MaxRequests, defaultMaxRequests)
}

func orDefault[T comparable](v, alt T) T {
	var zero T
	if v == zero {
		return alt
	}
	return v
}

// Handler serves POST /v1/calls. Timeouts are the server's business.
type Handler struct {
	opts   Options
	token  [sha256.Size]byte
	flight flight

	mu      sync.Mutex // protects problem
	problem string     // why storing does not work, as it was logged last
}

// New checks the options.
func New(opts Options) (*Handler, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	opts.setDefaults()
	return &Handler{opts: opts, token: sha256.Sum256([]byte(opts.Token)), flight: flight{bytes: opts.MaxInFlight, requests: opts.MaxRequests}}, nil
}

// ServeHTTP takes one request to its end.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply, err := h.serve(w, r)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, reply)
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) (*reply, error) {
	if err := h.admit(r); err != nil {
		return nil, err
	}
	if !h.flight.enter() {
		return nil, errBusy
	}
	hold := &held{flight: &h.flight}
	defer hold.leave()
	body, err := h.readBody(w, r, hold)
	if err != nil {
		return nil, err
	}
	elements, err := split(body, h.opts.MaxElements)
	if err != nil {
		return nil, err
	}
	in := h.decode(elements, r.Header.Get("Idempotency-Key"))
	return h.store(r.Context(), in, len(elements))
}

// admit refuses what need not be read.
func (h *Handler) admit(r *http.Request) error {
	if r.Method != http.MethodPost {
		return &httpError{status: http.StatusMethodNotAllowed, text: "only POST is taken here", header: [2]string{"Allow", http.MethodPost}}
	}
	if !h.authorized(r) {
		return &httpError{status: http.StatusUnauthorized, text: "the bearer token is missing or wrong", header: [2]string{"WWW-Authenticate", "Bearer"}}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && strings.HasPrefix(kind, "multipart/") {
		return &httpError{status: http.StatusUnsupportedMediaType, text: "multipart bodies are not taken: send JSON, one object a line, or plain log lines"}
	}
	if len(r.Header.Get("Idempotency-Key")) > maxIdempotencyKey {
		return &httpError{status: http.StatusBadRequest, text: fmt.Sprintf("idempotency-key is longer than %d bytes", maxIdempotencyKey)}
	}
	return nil
}

// authorized compares hashes, so that neither the time nor the length tells anything of the token.
func (h *Handler) authorized(r *http.Request) bool {
	if h.opts.Token == "" {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(sum[:], h.token[:]) == 1
}
