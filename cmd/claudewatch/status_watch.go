package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// minWatch is the shortest interval of status --watch.
const minWatch = 100 * time.Millisecond

// statusWatch draws the status again and again: on a terminal in place, below what stood there, elsewhere one after the other.
type statusWatch struct {
	w     io.Writer
	every time.Duration
	place bool // whether the terminal can be drawn on
	size  func() (columns, rows int)
	lines int // that the last drawing took
}

func newStatusWatch(w io.Writer, every time.Duration) *statusWatch {
	term := os.Getenv("TERM")
	return &statusWatch{
		w: w, every: every, place: isTerminal(w) && term != "" && term != "dumb",
		size: func() (int, int) { return terminalSize(w) },
	}
}

// run draws until ctx ends, which is how it is meant to end. An error is drawn too and the next picture tried: an agent may be starting
// anew. Only when there never was a picture it is returned.
func (s *statusWatch) run(ctx context.Context, read func(context.Context) (picture, error)) error {
	ticker := time.NewTicker(s.every)
	defer ticker.Stop()
	for first := true; ; first = false {
		p, err := read(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		case err != nil:
			err = s.draw("claudewatch: " + printable(err.Error()) + "\n")
		default:
			var b strings.Builder
			_ = showTable(&b, p) // a strings.Builder takes everything
			err = s.draw(b.String())
		}
		if err != nil {
			return fmt.Errorf("draw the status: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// draw writes a text over the last one. What does not fit the terminal is left out, because what has scrolled away can't be drawn over.
func (s *statusWatch) draw(text string) error {
	if !s.place {
		sep := ""
		if s.lines > 0 {
			sep = "\n"
		}
		s.lines = 1
		_, err := io.WriteString(s.w, sep+text)
		return err
	}
	columns, rows := s.size()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > rows-1 {
		lines = append(lines[:rows-2], fmt.Sprintf("… %d more lines; make the window higher, or run it without --watch", len(lines)-rows+2))
	}
	var b strings.Builder
	if s.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", min(s.lines, rows-1))
	}
	b.WriteString("\r")
	for _, line := range lines {
		b.WriteString(clip(line, columns) + "\x1b[K\n")
	}
	b.WriteString("\x1b[J") // what the last drawing had more
	s.lines = len(lines)
	_, err := io.WriteString(s.w, b.String())
	return err
}

// What a terminal is taken for that doesn't tell its size.
const (
	usualColumns = 80
	usualRows    = 24
)
