package finished

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the largest window of Zstandard that is decompressed: that of zstd --ultra and --long. It bounds the memory.
const maxWindow = 128 << 20

// expander turns an archive into its text. The zero value holds nothing.
type expander struct {
	format string
	text   io.Reader
	zstd   *zstd.Decoder
}

// formats by the first bytes. Those without a way to read them are refused: taken for text they would only be noise.
var formats = []struct{ magic, name string }{
	{"\x1f\x8b", "gzip"},
	{"\x28\xb5\x2f\xfd", "zstd"},
	{"BZh", "bzip2"},
	{"\xfd7zXZ\x00", "xz"},
	{"PK\x03\x04", "zip"},
	{"\x04\x22\x4d\x18", "lz4"},
}

// open recognises the format and begins. An archive may have several members one after the other, as when compressed logs were
// appended to each other.
func (e *expander) open(r io.Reader) error {
	in := bufio.NewReaderSize(r, readSize)
	magic, err := in.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	e.format = "plain"
	for _, f := range formats {
		if bytes.HasPrefix(magic, []byte(f.magic)) {
			e.format = f.name
		}
	}
	switch e.format {
	case "plain":
		e.text = in
	case "gzip":
		e.text = &lazyGzip{in: in}
	case "zstd":
		e.zstd, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return err
		}
		e.text = e.zstd
	default:
		return fmt.Errorf("is compressed with %s, which is not read; decompress it, as in a pipe to claudewatch ingest -", e.format)
	}
	return nil
}

func (e *expander) close() {
	if e.zstd != nil {
		e.zstd.Close()
	}
	*e = expander{}
}

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

// meter counts what is read and keeps the error that ended it.
type meter struct {
	r   io.Reader
	n   int64
	err error
}

func (m *meter) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	m.err = err
	return n, err
}
