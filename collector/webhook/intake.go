package webhook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// intake is what one request's elements came to.
type intake struct {
	calls    []claude.Call
	keys     []string
	rejected []rejection
	counts   collector.Counter
	came     time.Time // when the request was read

	idempotencyKey string
	seen           map[[sha256.Size]byte]int // how often each content came in this request
}

// callMemory is what a decoded call takes until it is stored, in bytes: itself, the change that the sink answers with, which holds it
// before and after, and their texts.
const callMemory = 4 << 10

// decode reads all elements with one decoder, as a record of a log may span them.
func (h *Handler) decode(elements []element, d *desk, v *visit) error {
	in, dec := &v.in, d.ready(h.opts.NewDecoder)
	now := h.opts.Now()
	in.came = now
	var offset int64
	for i, e := range elements {
		n, why := len(in.calls), ""
		if len(e.text) == 0 {
			why = "empty"
		}
		for text := range bytes.Lines(e.text) {
			line := collector.Line{Text: bytes.TrimRight(text, "\r\n"), Start: offset, End: offset + int64(len(text)) + 1}
			offset = line.End
			if len(line.Text) > h.opts.MaxLine {
				line.Text, line.TooLong = line.Text[:h.opts.MaxLine], true
			}
			o := dec.Decode(line, now)
			in.counts.Add(o)
			in.add(i, o.Calls)
			why = firstReason(why, o)
		}
		if len(in.calls) == n && why != "" {
			in.rejected = append(in.rejected, rejection{i, why})
		}
		if err := v.hold.grow(callMemory * int64(len(in.calls)-n)); err != nil {
			return err
		}
	}
	in.add(max(0, len(elements)-1), dec.Flush(now, true))
	return nil
}

// firstReason says why a line gave no call.
func firstReason(why string, o collector.Outcome) string {
	switch {
	case why != "":
		return why
	case o.Rejected != "" && o.Detail != "":
		return o.Rejected + ": " + o.Detail
	case o.Rejected != "":
		return o.Rejected
	default:
		return o.Skipped
	}
}

func (in *intake) add(index int, calls []claude.Call) {
	n := len(in.calls)
	in.calls = append(in.calls, calls...)
	for i := range calls {
		c := &in.calls[n+i]
		in.keys = append(in.keys, in.key(c, index, i))
		if c.Source == "" {
			c.Source = sourceName
		}
	}
}

// key says what a call without ids is recognised by when it is delivered again: what it says and the how-many-eth of its kind it
// is in the request, if it tells its time; else its place in a request that the sender has given a name; else nothing.
func (in *intake) key(c *claude.Call, index, of int) string {
	if c.RequestID != "" || c.MessageID != "" {
		return ""
	}
	if c.Undated {
		if in.idempotencyKey == "" {
			return ""
		}
		sum := sha256.Sum256([]byte(in.idempotencyKey + "\x00" + strconv.Itoa(index) + "." + strconv.Itoa(of)))
		return "i:" + hex.EncodeToString(sum[:])
	}
	content, err := json.Marshal(c)
	if err != nil {
		return "" // a number that JSON can't say: the call still counts
	}
	sum := sha256.Sum256(content)
	n := in.seen[sum]
	if in.seen == nil {
		in.seen = map[[sha256.Size]byte]int{}
	}
	in.seen[sum]++
	return "c:" + hex.EncodeToString(sum[:]) + ":" + strconv.Itoa(n)
}

// store commits what came in and answers. The counts are stored even when there are no calls.
func (h *Handler) store(ctx context.Context, in *intake, elements int) (out reply, err error) {
	out.Rejected = in.rejected
	if elements == 0 {
		return out, nil
	}
	from := senderOf(ctx)
	changes, err := h.opts.Sink.Commit(ctx, collector.Batch{
		Source: sourceName, Calls: in.calls, Keys: in.keys, Counts: in.counts.Take(sourceName),
		Until: h.patience.from(in.came), Pause: from.came(in.came),
	})
	from.leaves(h.opts.Now())
	h.note(ctx, err)
	if err != nil {
		return out, errStore
	}
	if len(in.calls) == 0 {
		return out, &httpError{status: http.StatusBadRequest, text: in.nothing()}
	}
	for i := range changes {
		if changes[i].New {
			out.Accepted++
		} else {
			out.Duplicates++
		}
	}
	return out, nil
}

func (in *intake) nothing() string {
	if len(in.rejected) == 0 {
		return "nothing could be decoded: the record is incomplete"
	}
	return fmt.Sprintf("nothing could be decoded: element %d: %s", in.rejected[0].Index, in.rejected[0].Error)
}

// note logs a change of what is wrong with storing, not each request that meets it. A sender that went away is none of it.
func (h *Handler) note(ctx context.Context, err error) {
	if err != nil && ctx.Err() != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err == nil && h.problem != "":
		h.opts.Logger.Info("storing again", "source", sourceName)
		h.problem = ""
	case err != nil && err.Error() != h.problem:
		h.opts.Logger.Error("can't store, the webhook answers 503", "source", sourceName, "error", err)
		h.problem = err.Error()
	}
}
