// Package webhook takes calls over HTTP: one record, an array, records line by line, or the lines of a log. The answer comes after
// the commit, so that a sender who was told 200 may forget what it sent.
package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
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
	defaultMaxElements = 10_000
	defaultMaxLine     = 1 << 20
	defaultMaxInFlight = 128 << 20
	defaultMaxRequests = 256
	defaultStoreWait   = 20 * time.Second
	maxIdempotencyKey  = 255
)

const multipart = "multipart/"

// Options are what a Handler is made of. NewDecoder, Sink and Logger are required.
type Options struct {
	// NewDecoder makes the decoder of a request. It is used for other requests later, restored to a state of nothing.
	NewDecoder  func() collector.Decoder
	Sink        collector.Sink
	Logger      *slog.Logger
	Now         func() time.Time // time.Now if nil
	Token       string           // what senders must show as a bearer token; "" asks for none
	MaxBody     int64            // bytes as sent; 16 MiB if 0
	MaxDecoded  int64            // bytes after decompression; 64 MiB if 0
	MaxElements int              // of one request; 10,000 if 0
	MaxLine     int              // bytes of one element; 1 MiB if 0
	MaxInFlight int64            // bytes that all requests hold, of bodies and of calls; 128 MiB if 0
	MaxRequests int              // that are read completely and wait to be stored; 256 if 0
	StoreWait   time.Duration    // how long a request waits for its turn to be stored, or a sixteenth longer; 20 s if 0
}

func (o *Options) validate() error {
	if o.NewDecoder == nil || o.Sink == nil || o.Logger == nil {
		return errors.New("webhook: decoder, sink and logger are required")
	}
	if min(o.MaxBody, o.MaxDecoded, o.MaxInFlight, int64(o.MaxElements), int64(o.MaxLine), int64(o.MaxRequests), int64(o.StoreWait)) < 0 {
		return fmt.Errorf("webhook: negative limit: body %d, decoded %d, in flight %d, elements %d, line %d, requests %d, store wait %s",
			o.MaxBody, o.MaxDecoded, o.MaxInFlight, o.MaxElements, o.MaxLine, o.MaxRequests, o.StoreWait)
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
	o.StoreWait = orDefault(o.StoreWait, defaultStoreWait)
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
	opts     Options
	token    [sha256.Size]byte
	flight   *flight
	patience patience
	desks    sync.Pool // of *desk
	visits   sync.Pool // of *visit

	mu      sync.Mutex // protects problem
	problem string     // why storing does not work, as it was logged last
}

// New checks the options.
func New(opts Options) (*Handler, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	opts.setDefaults()
	return &Handler{
		opts: opts, token: sha256.Sum256([]byte(opts.Token)), flight: newFlight(opts.MaxInFlight, opts.MaxRequests), patience: patience{wait: opts.StoreWait},
	}, nil
}

// ServeHTTP takes one request to its end.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := h.begin()
	reply, err := h.serve(w, r, v)
	if err != nil {
		writeError(w, err)
	} else {
		v.answer = reply.append(v.answer[:0])
		writeJSON(w, http.StatusOK, v.answer)
	}
	h.end(v)
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request, v *visit) (reply, error) {
	defer v.hold.leave()
	if err := h.admit(r); err != nil {
		return reply{}, err
	}
	d := h.takeDesk()
	elements, err := h.read(w, r, d, v)
	h.leaveDesk(d) // not after a panic, which leaves it as it may be
	if err != nil {
		return reply{}, err
	}
	return h.store(r.Context(), &v.in, elements)
}

// read takes in the body and decodes it. It returns how many elements it had.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, d *desk, v *visit) (elements int, err error) {
	if err := h.readBody(w, r, &v.hold, &d.body); err != nil {
		return 0, err
	}
	if err := v.hold.enter(); err != nil {
		return 0, err
	}
	all, err := split(d.body, h.opts.MaxElements)
	if err != nil {
		return 0, err
	}
	v.in.idempotencyKey = r.Header.Get("Idempotency-Key")
	return len(all), h.decode(all, d, v)
}

// admit refuses what need not be read.
func (h *Handler) admit(r *http.Request) error {
	if r.Method != http.MethodPost {
		return &httpError{status: http.StatusMethodNotAllowed, text: "only POST is taken here", header: [2]string{"Allow", http.MethodPost}}
	}
	if !h.authorized(r) {
		return &httpError{status: http.StatusUnauthorized, text: "the bearer token is missing or wrong", header: [2]string{"WWW-Authenticate", "Bearer"}}
	}
	if kind := strings.TrimSpace(r.Header.Get("Content-Type")); len(kind) >= len(multipart) && strings.EqualFold(kind[:len(multipart)], multipart) {
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
