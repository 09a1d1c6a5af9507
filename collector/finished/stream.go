package finished

import (
	"context"
	"io"
)

// stream reads in a goroutine, so that a read that blocks does not keep the program from ending. That read is left behind, as
// nothing can interrupt it.
type stream struct {
	done   <-chan struct{}
	cause  func() error
	chunks <-chan chunk // owned by the reading goroutine
	rest   chunk
}

// chunk is one read; the goroutine does not touch it again.
type chunk struct {
	data []byte
	err  error
}

func interruptible(ctx context.Context, r io.Reader) io.Reader {
	chunks := make(chan chunk, 1) // one ahead; when full, reading waits
	go func() {
		defer close(chunks)
		for {
			buf := make([]byte, 64<<10)
			n, err := r.Read(buf)
			select {
			case chunks <- chunk{buf[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return &stream{done: ctx.Done(), cause: func() error { return context.Cause(ctx) }, chunks: chunks}
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	for len(s.rest.data) == 0 {
		if s.rest.err != nil {
			return 0, s.rest.err
		}
		select {
		case c, ok := <-s.chunks:
			if s.rest = c; !ok {
				s.rest.err = s.cause()
			}
		case <-s.done:
			s.rest.err = s.cause()
		}
	}
	n := copy(p, s.rest.data)
	s.rest.data = s.rest.data[n:]
	return n, nil
}
