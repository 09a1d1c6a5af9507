package webhook

import "sync"

// flight bounds what all requests together hold in memory. What goes beyond is refused at once and not queued: the sender has
// the data and can wait better.
type flight struct {
	size int64 // bytes when nobody holds any

	mu       sync.Mutex // protects the two below, which say what is still free
	bytes    int64
	requests int
}

func newFlight(bytes int64, requests int) *flight {
	return &flight{size: bytes, bytes: bytes, requests: requests}
}

// held is what one request holds of a flight.
type held struct {
	flight  *flight
	bytes   int64
	waiting bool // it is one of the requests that are decoded and stored
}

// enter is called when the body has been read: a sender that dawdles takes nobody's place.
func (h *held) enter() error {
	h.flight.mu.Lock()
	defer h.flight.mu.Unlock()
	if h.flight.requests <= 0 {
		return errBusy
	}
	h.flight.requests--
	h.waiting = true
	return nil
}

// grow takes n bytes more, or fails: with errBusy where there will be room again, else because one request can't have so much.
func (h *held) grow(n int64) error {
	h.flight.mu.Lock()
	defer h.flight.mu.Unlock()
	if h.bytes+n > h.flight.size {
		return errTooMuch
	}
	if h.flight.bytes < n {
		return errBusy
	}
	h.flight.bytes -= n
	h.bytes += n
	return nil
}

// shrink gives n bytes back.
func (h *held) shrink(n int64) {
	h.flight.mu.Lock()
	defer h.flight.mu.Unlock()
	h.flight.bytes += n
	h.bytes -= n
}

func (h *held) leave() {
	h.flight.mu.Lock()
	defer h.flight.mu.Unlock()
	if h.waiting {
		h.flight.requests++
	}
	h.flight.bytes += h.bytes
	h.bytes, h.waiting = 0, false
}
