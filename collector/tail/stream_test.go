package tail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

func streamOptions(sink *modelSink) StreamOptions {
	return StreamOptions{
		NewDecoder: func() collector.Decoder { return &scriptDecoder{} }, Sink: sink, Logger: slog.New(slog.DiscardHandler),
	}
}

func TestStreamToItsEnd(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"whole":    strings.NewReader("call a\nlate b\nbad\ncall c"),
		"one byte": iotest.OneByteReader(strings.NewReader("call a\nlate b\nbad\ncall c")),
	} {
		sink := newSink()
		if err := Stream(t.Context(), r, streamOptions(sink)); err != nil {
			t.Errorf("Stream(%s) = %v; want nil", name, err)
		}
		if diff := cmp.Diff([]string{"a", "c", "b"}, sink.stored()); diff != "" {
			t.Errorf("Stream(%s): stored calls (-want +got):\n%s", name, diff)
		}
		if n := sink.counts["rejected bad"]; n != 1 {
			t.Errorf("Stream(%s): rejected lines = %d; want 1", name, n)
		}
		for _, b := range sink.batches {
			if b.Source != "-" || len(b.Positions) != 0 {
				t.Errorf("Stream(%s): batch of %q with %d positions; want %q, 0", name, b.Source, len(b.Positions), "-")
			}
		}
	}
}

func TestStreamDoesNotWaitForMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newSink()
		r, w := io.Pipe()
		done := make(chan error)
		go func() { done <- Stream(t.Context(), r, streamOptions(sink)) }()
		_, _ = w.Write([]byte("call a\nlate b\n"))
		<-time.After(200 * time.Millisecond)
		if diff := cmp.Diff([]string{"a"}, sink.stored()); diff != "" {
			t.Errorf("after 200 ms (-want +got):\n%s", diff)
		}
		<-time.After(2 * time.Second)
		if diff := cmp.Diff([]string{"a", "b"}, sink.stored()); diff != "" {
			t.Errorf("after 2 s (-want +got):\n%s", diff)
		}
		_ = w.Close()
		if err := <-done; err != nil {
			t.Errorf("Stream() = %v; want nil", err)
		}
	})
}

func TestStreamStoresTheRestWhenToldToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newSink()
		ctx, cancel := context.WithCancel(t.Context())
		r, w := io.Pipe()
		done := make(chan error)
		go func() { done <- Stream(ctx, r, streamOptions(sink)) }()
		_, _ = w.Write([]byte("call a\n"))
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Stream() = %v; want nil", err)
		}
		if diff := cmp.Diff([]string{"a"}, sink.stored()); diff != "" {
			t.Errorf("stored calls (-want +got):\n%s", diff)
		}
		_ = w.Close()
	})
}

func TestStreamTellsWhatWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newSink()
		sink.fail = func() error { return errDisk }
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := Stream(ctx, strings.NewReader("call a\ncall b\n"), streamOptions(sink))
		if err == nil || !strings.Contains(err.Error(), "2 calls could not be stored") {
			t.Errorf("Stream() = %v; want an error that tells of 2 calls", err)
		}
	})
}

func TestStreamReadError(t *testing.T) {
	sink := newSink()
	broken := errors.New("pipe broke")
	err := Stream(t.Context(), io.MultiReader(bytes.NewReader([]byte("call a\n")), iotest.ErrReader(broken)), streamOptions(sink))
	if !errors.Is(err, broken) {
		t.Errorf("Stream() = %v; want %v", err, broken)
	}
	if diff := cmp.Diff([]string{"a"}, sink.stored()); diff != "" {
		t.Errorf("stored calls (-want +got):\n%s", diff)
	}
}

func TestStreamRefuses(t *testing.T) {
	if err := Stream(t.Context(), strings.NewReader(""), StreamOptions{}); err == nil {
		t.Error("Stream() without options = nil; want an error")
	}
}
