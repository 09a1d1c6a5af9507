package webhook

import "sync"

// flight bounds what all requests together hold in memory. What goes beyond is refused at once and not queued: the sender has
// the data and can wait better.
type flight struct {
	mu       sync.Mutex // protects the two below, which say what is still free
	bytes    int64
	requests int
}

func (f *flight) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.requests <= 0 {
		return false
	}
	f.requests--
	return true
}

// held is what one request holds of a flight.
type held struct {
	flight *flight
	bytes  int64
}

func (h *held) grow(n int64) bool {
	h.flight.mu.Lock()
	defer h.flight.mu.Unlock()
	if h.flight.bytes < n {
		return false
	}
	h.flight.bytes -= n
	h.bytes += n
	return true
}

func (h *held) leave() {
	h.flight.mu.Lock()
	defer h.flight.mu.Unlock()
	h.flight.requests++
	h.flight.bytes += h.bytes
	h.bytes = 0
}
