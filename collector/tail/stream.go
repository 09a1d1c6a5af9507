package tail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// lastCommit is how long a stream that is told to end may take to store what it has read: unlike a file it can't be read again.
const lastCommit = 5 * time.Second

// StreamOptions are what a stream is read with. NewDecoder, Sink and Logger are required.
type StreamOptions struct {
	Name       string // of the source; "-" if empty
	NewDecoder func() collector.Decoder
	Sink       collector.Sink
	Logger     *slog.Logger
	Now        func() time.Time // time.Now if nil
	MaxLine    int              // bytes of a line that the decoder gets; 1 MiB if 0
}

func (o *StreamOptions) setDefaults() error {
	if o.NewDecoder == nil || o.Sink == nil || o.Logger == nil {
		return errors.New("read stream: decoder, sink and logger are required")
	}
	if o.Name == "" {
		o.Name = "-"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxLine <= 0 {
		o.MaxLine = defaultMaxLine
	}
	return nil
}

// stream is a reader without positions: what it gave is stored once, and what was not stored when the program died is lost.
type stream struct {
	opts      StreamOptions
	committer collector.Committer
	dec       collector.Decoder
	lines     splitter
	calls     []claude.Call
	counts    collector.Counter
	opened    time.Time        // when the first thing was taken that is not stored yet
	read      time.Time        // when something was read last
	lost      *collector.Batch // whose commit the end of the context broke off
}

// chunk is one read; the reading goroutine makes it and does not touch it again.
type chunk struct {
	data []byte
	err  error
}

// Stream reads lines from r until it ends, and stores what they hold. It returns nil at the end and when the context ends, else
// the error of reading. A read that blocks when the context ends is left behind, as nothing can interrupt it.
func Stream(ctx context.Context, r io.Reader, opts StreamOptions) error {
	if err := opts.setDefaults(); err != nil {
		return err
	}
	s := &stream{
		opts: opts, dec: opts.NewDecoder(), lines: splitter{max: opts.MaxLine}, read: opts.Now(),
		committer: collector.Committer{Sink: opts.Sink, Logger: opts.Logger},
	}
	chunks := make(chan chunk) // unbuffered: while nothing can be stored, nothing is read
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go readChunks(ctx, r, chunks)
	err := s.run(ctx, chunks)
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, s.finish(ctx))
}

func readChunks(ctx context.Context, r io.Reader, chunks chan<- chunk) {
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
}

func (s *stream) run(ctx context.Context, chunks <-chan chunk) error {
	tick := time.NewTicker(batchAge)
	defer tick.Stop()
	for {
		select {
		case c := <-chunks:
			if err := s.take(ctx, c.data); err != nil {
				return err
			}
			if c.err == io.EOF { //nolint:errorlint // Read returns it bare
				return nil
			}
			if c.err != nil {
				return fmt.Errorf("read %s: %w", s.opts.Name, c.err)
			}
		case <-tick.C:
			if err := s.idle(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take decodes what was read.
func (s *stream) take(ctx context.Context, data []byte) error {
	s.read = s.opts.Now()
	for {
		line, rest, ok := s.lines.next(data)
		if !ok {
			return nil
		}
		data = rest
		s.decode(line)
		if len(s.calls) >= maxCalls {
			if err := s.commit(ctx); err != nil {
				return err
			}
		}
	}
}

func (s *stream) decode(line collector.Line) {
	now := s.opts.Now()
	line.Start, line.End = 0, 0
	o := s.dec.Decode(line, now)
	s.counts.Add(o)
	s.add(o.Calls, now)
}

func (s *stream) add(calls []claude.Call, now time.Time) {
	for _, c := range calls {
		if c.Source == "" {
			c.Source = s.opts.Name
		}
		s.calls = append(s.calls, c)
	}
	if s.opened.IsZero() && (len(s.calls) > 0 || !s.counts.Empty()) {
		s.opened = now
	}
}

// idle stores what has waited long enough, and has the decoder give up what nothing followed for a second.
func (s *stream) idle(ctx context.Context) error {
	now := s.opts.Now()
	if now.Sub(s.read) >= idleAge {
		s.add(s.dec.Flush(now, false), now)
	}
	wait := idleAge
	if len(s.calls) > 0 {
		wait = batchAge
	}
	if s.opened.IsZero() || now.Sub(s.opened) < wait {
		return nil
	}
	return s.commit(ctx)
}

func (s *stream) commit(ctx context.Context) error {
	if len(s.calls) == 0 && s.counts.Empty() {
		return nil
	}
	b := collector.Batch{Source: s.opts.Name, Calls: s.calls, Counts: s.counts.Take(s.opts.Name)}
	s.calls, s.opened = nil, time.Time{}
	_, err := s.committer.Commit(ctx, b)
	if err != nil {
		s.lost = &b
	}
	return err
}

// finish stores the rest, with a last chance of a few seconds when the context has ended.
func (s *stream) finish(ctx context.Context) error {
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lastCommit)
		defer cancel()
	}
	if b := s.lost; b != nil { // its commit was under way when the context ended
		if _, err := s.committer.Commit(ctx, *b); err != nil {
			return fmt.Errorf("read %s: %d calls could not be stored: %w", s.opts.Name, len(b.Calls), err)
		}
	}
	if line, ok := s.lines.end(); ok {
		s.decode(line)
	}
	now := s.opts.Now()
	s.add(s.dec.Flush(now, true), now)
	n := len(s.calls)
	if err := s.commit(ctx); err != nil {
		return fmt.Errorf("read %s: %d calls could not be stored: %w", s.opts.Name, n, err)
	}
	return nil
}
