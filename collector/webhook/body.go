package webhook

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// readBody returns the whole body, decompressed. What it reads is accounted for as it grows, so that a small body that unpacks to a
// huge one is stopped at the limit.
func (h *Handler) readBody(w http.ResponseWriter, r *http.Request, hold *held) ([]byte, error) {
	if r.ContentLength > h.opts.MaxBody {
		return nil, tooLarge("body", h.opts.MaxBody)
	}
	var src io.Reader = http.MaxBytesReader(w, r.Body, h.opts.MaxBody)
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		zr, err := gzip.NewReader(src)
		if err != nil {
			return nil, h.bodyError(err)
		}
		src = zr
	default:
		return nil, &httpError{
			status: http.StatusUnsupportedMediaType, text: "only gzip and uncompressed bodies are taken", header: [2]string{"Accept-Encoding", "gzip, identity"},
		}
	}
	return h.readAll(src, hold)
}

func (h *Handler) readAll(src io.Reader, hold *held) ([]byte, error) {
	var body bytes.Buffer
	for {
		const step = 64 << 10
		if !hold.grow(step) {
			return nil, errBusy
		}
		n, err := io.CopyN(&body, src, step)
		switch {
		case int64(body.Len()) > h.opts.MaxDecoded:
			return nil, tooLarge("decompressed body", h.opts.MaxDecoded)
		case err == io.EOF: //nolint:errorlint // CopyN returns it bare
			return body.Bytes(), nil
		case err != nil:
			return nil, h.bodyError(err)
		case n < step:
			return nil, h.bodyError(io.ErrUnexpectedEOF)
		}
	}
}

func (h *Handler) bodyError(err error) error {
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		return tooLarge("body", h.opts.MaxBody)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return &httpError{status: http.StatusBadRequest, text: "the body is not valid gzip"}
	default:
		return &httpError{status: http.StatusBadRequest, text: "the body could not be read to its end"}
	}
}

func tooLarge(what string, limit int64) error {
	return &httpError{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("the %s is larger than %d bytes", what, limit)}
}
