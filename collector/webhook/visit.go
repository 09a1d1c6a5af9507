package webhook

import "github.com/claudewatch/claudewatch/collector"

const (
	firstBuffer = 4 << 10  // holds most single records
	keptBuffer  = 64 << 10 // larger buffers are not kept for the next request
	keptCalls   = 64       // nor are lists of more calls
)

// visit is what one request works with, from its body to its answer. Another request uses it afterwards.
type visit struct {
	hold    held
	body    []byte
	decoder collector.Decoder
	in      intake
	answer  []byte
}

func (h *Handler) begin() *visit {
	v, ok := h.visits.Get().(*visit)
	if !ok {
		v = &visit{body: make([]byte, 0, firstBuffer)}
	}
	v.hold.flight = h.flight
	return v
}

// end lets another request have what the visit worked with. The sink is done with the calls: it keeps what they refer to, not where they stood.
func (h *Handler) end(v *visit) {
	if cap(v.body) > keptBuffer || cap(v.in.calls) > keptCalls {
		return
	}
	clear(v.in.calls)
	clear(v.in.keys)
	v.in = intake{calls: v.in.calls[:0], keys: v.in.keys[:0]}
	v.body = v.body[:0]
	h.visits.Put(v)
}

// newDecoder returns one that is as new.
func (h *Handler) newDecoder(v *visit) collector.Decoder {
	if v.decoder == nil || v.decoder.Restore(nil) != nil {
		v.decoder = h.opts.NewDecoder()
	}
	return v.decoder
}
