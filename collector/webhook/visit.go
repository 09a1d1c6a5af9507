package webhook

import "github.com/claudewatch/claudewatch/collector"

const (
	firstBuffer = 4 << 10  // holds most single records
	keptBuffer  = 64 << 10 // larger buffers are not kept for the next request
	keptCalls   = 64       // nor are lists of more calls
)

// desk is what a request is read and decoded with. It goes on to the next request before this one is stored, so that the few desks in use
// stay in the processor's cache.
type desk struct {
	body    []byte
	decoder collector.Decoder
}

func (h *Handler) takeDesk() *desk {
	if d, ok := h.desks.Get().(*desk); ok {
		return d
	}
	return &desk{body: make([]byte, 0, firstBuffer)}
}

func (h *Handler) leaveDesk(d *desk) {
	if cap(d.body) > keptBuffer {
		return
	}
	d.body = d.body[:0]
	h.desks.Put(d)
}

// ready returns the desk's decoder, as new.
func (d *desk) ready(newDecoder func() collector.Decoder) collector.Decoder {
	if d.decoder == nil || d.decoder.Restore(nil) != nil {
		d.decoder = newDecoder()
	}
	return d.decoder
}

// visit is what one request comes to, until its answer. Another request uses the memory afterwards.
type visit struct {
	hold   held
	in     intake
	answer []byte
}

func (h *Handler) begin() *visit {
	v, ok := h.visits.Get().(*visit)
	if !ok {
		v = &visit{}
	}
	v.hold.flight = h.flight
	return v
}

// end lets another request have what the visit worked with. The sink is done with the calls: it keeps what they refer to, not where they stood.
func (h *Handler) end(v *visit) {
	if cap(v.in.calls) > keptCalls {
		return
	}
	clear(v.in.calls)
	clear(v.in.keys)
	v.in = intake{calls: v.in.calls[:0], keys: v.in.keys[:0]}
	h.visits.Put(v)
}
