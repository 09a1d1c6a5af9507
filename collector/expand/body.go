package expand

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Errors of a Body that callers tell apart.
var (
	// ErrInvalid says that something is not in the format that it is said to be in.
	ErrInvalid = errors.New("not valid")
	// ErrWindow says that decompressing would take more memory than is allowed.
	ErrWindow = errors.New("the window is too large")
)

// Body is the text of something that comes in a known format, as the body of a request does. Unlike a log nothing is taken of it when it
// is damaged. Close lets go of its memory; it does not close what it reads from.
type Body struct {
	raw  *Meter
	text io.Reader
	zstd *zstd.Decoder
	err  error
}

// NewBody begins to decompress what r holds. Windows of Zstandard may have at most maxWindow bytes.
func NewBody(r io.Reader, format Format, maxWindow uint64) (*Body, error) {
	b := &Body{raw: &Meter{R: r}}
	switch format {
	case Gzip:
		b.text = &lazyGzip{in: b.raw}
	case Zstd:
		var err error
		if b.zstd, err = NewZstd(b.raw, maxWindow); err != nil {
			return nil, fmt.Errorf("decompress zstd with windows of %d bytes: %w", maxWindow, err)
		}
		b.text = b.zstd
	case Plain:
		b.text = b.raw
	default:
		return nil, fmt.Errorf("format %s is not read", format)
	}
	return b, nil
}

// Read implements io.Reader. Errors of what it reads from come as they are, io.ErrUnexpectedEOF where it is cut short; else they wrap
// ErrInvalid or ErrWindow.
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.text.Read(p)
	b.err = b.explain(err)
	return n, b.err
}

func (b *Body) explain(err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case b.raw.Err != nil && !errors.Is(b.raw.Err, io.EOF):
		return b.raw.Err
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return ErrWindow
	default:
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
}

// Close lets go of the decompressor.
func (b *Body) Close() {
	if b.zstd != nil {
		b.zstd.Close()
	}
	b.zstd, b.text = nil, closed{}
}
