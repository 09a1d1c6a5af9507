package webhook

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/claudewatch/claudewatch/collector/expand"
)

const (
	// maxWindow is the largest window of Zstandard, in bytes: what senders over HTTP may expect of a receiver (RFC 9659).
	maxWindow = 8 << 20
	// What decompressing takes besides its text, in bytes. That of Zstandard holds the window and what follows it.
	gzipMemory = 64 << 10
	zstdMemory = 2 * maxWindow
)

// readBody reads the whole body, decompressed, into buf. What it reads is accounted for as it grows, so that a small body that
// unpacks to a huge one is stopped at the limit.
func (h *Handler) readBody(w http.ResponseWriter, r *http.Request, hold *held, buf *[]byte) error {
	if r.ContentLength > h.opts.MaxBody {
		return tooLarge("body", h.opts.MaxBody)
	}
	src := r.Body
	if r.ContentLength < 0 { // else the server gives no more than that
		src = http.MaxBytesReader(w, src, h.opts.MaxBody)
	}
	format, memory := expand.Plain, int64(0)
	switch encoding := r.Header.Get("Content-Encoding"); strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return h.readAll(src, format, hold, buf)
	case "gzip", "x-gzip":
		format, memory = expand.Gzip, gzipMemory
	case "zstd":
		format, memory = expand.Zstd, zstdMemory
	default:
		return &httpError{
			status: http.StatusUnsupportedMediaType, text: "only gzip, zstd and uncompressed bodies are taken", header: [2]string{"Accept-Encoding", "gzip, zstd, identity"},
		}
	}
	if err := hold.grow(memory); err != nil {
		return err
	}
	defer hold.shrink(memory)
	text, err := expand.NewBody(src, format, maxWindow)
	if err != nil {
		return err
	}
	defer text.Close()
	return h.readAll(text, format, hold, buf)
}

func (h *Handler) readAll(src io.Reader, format expand.Format, hold *held, buf *[]byte) error {
	if err := hold.grow(int64(cap(*buf))); err != nil {
		return err
	}
	for {
		if len(*buf) == cap(*buf) {
			size := min(2*int64(cap(*buf)), h.opts.MaxDecoded+1) // one byte more shows that it is too large
			if err := hold.grow(size - int64(cap(*buf))); err != nil {
				return err
			}
			larger := make([]byte, len(*buf), size)
			copy(larger, *buf)
			*buf = larger
		}
		n, err := src.Read((*buf)[len(*buf):cap(*buf)])
		*buf = (*buf)[:len(*buf)+n]
		switch {
		case int64(len(*buf)) > h.opts.MaxDecoded:
			return tooLarge("decompressed body", h.opts.MaxDecoded)
		case err == io.EOF:
			return nil
		case err != nil:
			return h.bodyError(err, format)
		}
	}
}

func (h *Handler) bodyError(err error, format expand.Format) error {
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		return tooLarge("body", h.opts.MaxBody)
	case errors.Is(err, expand.ErrWindow):
		return tooLarge("window of the "+string(format)+" body", maxWindow)
	case errors.Is(err, expand.ErrInvalid):
		return &httpError{status: http.StatusBadRequest, text: "the body is not valid " + string(format)}
	default:
		return &httpError{status: http.StatusBadRequest, text: "the body could not be read to its end"}
	}
}

func tooLarge(what string, limit int64) error {
	return &httpError{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("the %s is larger than %d bytes", what, limit)}
}
