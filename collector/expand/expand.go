// Package expand turns compressed logs and bodies into their text, in bounded memory. It is the one place that knows how compression
// formats look.
package expand

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// MaxWindow is the largest window of Zstandard that Open decompresses, in bytes: that of zstd --ultra and --long. It bounds the memory.
	MaxWindow = 128 << 20

	bufferSize = 256 << 10 // a smaller buffer costs up to 2.6 times the time
	magicSize  = 8         // bytes that are enough to know every format by
)

// Format is how something is compressed.
type Format string

// The formats that are read. Others are known only to be refused.
const (
	Plain Format = "plain"
	Gzip  Format = "gzip"
	Zstd  Format = "zstd"
)

// formats by the first bytes. Those without a way to read them are refused: taken for text they would only be noise.
var formats = []struct {
	magic string
	name  Format
}{
	{"\x1f\x8b", Gzip},
	{"\x28\xb5\x2f\xfd", Zstd},
	{"BZh", "bzip2"},
	{"\xfd7zXZ\x00", "xz"},
	{"PK\x03\x04", "zip"},
	{"\x04\x22\x4d\x18", "lz4"},
}

// Recognise tells a format by the first bytes, of which eight are enough. What is no archive is Plain.
func Recognise(head []byte) Format {
	for _, f := range formats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.name
		}
	}
	return Plain
}

// MayBecome reports that the first bytes are too few to tell: they may become those of an archive that is read.
func MayBecome(head []byte) bool {
	for _, f := range formats {
		if (f.name == Gzip || f.name == Zstd) && len(head) < len(f.magic) && strings.HasPrefix(f.magic, string(head)) {
			return true
		}
	}
	return false
}

// Reader is the text of something that may be compressed. Close lets go of its memory; it does not close what it reads from.
type Reader struct {
	format Format
	text   io.Reader
	zstd   *zstd.Decoder
}

// Open recognises the format and begins. An archive may have several members one after the other, as when compressed logs were
// appended to each other. The error is that of reading, or names a format that is not read.
func Open(r io.Reader) (*Reader, error) {
	in := bufio.NewReaderSize(r, bufferSize)
	magic, err := in.Peek(magicSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	e := &Reader{format: Recognise(magic), text: in}
	switch e.format {
	case Plain:
		return e, nil
	case Gzip:
		e.text = &lazyGzip{in: in}
		return e, nil
	case Zstd:
		e.zstd, err = NewZstd(in, MaxWindow)
		e.text = e.zstd
		return e, err
	default:
		return nil, fmt.Errorf("is compressed with %s, which is not read; decompress it, as in a pipe to claudewatch ingest -", e.format)
	}
}

// NewZstd begins to decompress Zstandard in one goroutine, with windows of at most maxWindow bytes. Close the decoder in the end.
func NewZstd(r io.Reader, maxWindow uint64) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
}

// Format is how the text is compressed.
func (e *Reader) Format() Format { return e.format }

// Read implements io.Reader. Damage comes as the format's error, and as io.ErrUnexpectedEOF where an archive is cut short.
func (e *Reader) Read(p []byte) (int, error) { return e.text.Read(p) }

// Close lets go of the decompressor.
func (e *Reader) Close() {
	if e.zstd != nil {
		e.zstd.Close()
	}
	e.zstd, e.text = nil, closed{}
}

// closed is what a closed reader reads from.
type closed struct{}

func (closed) Read([]byte) (int, error) { return 0, errors.New("read of a closed archive") }

// lazyGzip reads the first member's header with the first bytes, so that a header that is cut short is damage like any other.
type lazyGzip struct {
	in  io.Reader
	r   *gzip.Reader
	err error
}

func (g *lazyGzip) Read(p []byte) (int, error) {
	if g.r == nil && g.err == nil {
		g.r, g.err = gzip.NewReader(g.in)
		if errors.Is(g.err, io.EOF) { // there was a beginning, so this is not the end
			g.err = io.ErrUnexpectedEOF
		}
	}
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	g.err = err
	return n, err
}
