// Package writer writes a log as fast and rotates it as often as no application does, in the ways in which followers of logs lose or
// repeat lines. Every line has a number, so that what arrived can be compared with what was written.
package writer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Mode is what is done to the log while it is written.
type Mode string

// The modes. In each of them the log is rotated every Options.Rotate; app.log is the log, app.log.1 the newest of the old ones.
const (
	Rename       Mode = "rename"       // renamed away, and a new file made at once
	RenameLate   Mode = "rename-late"  // renamed away; the writer keeps to the old file for Options.Late before it makes the new one
	CopyTruncate Mode = "copytruncate" // copied, then truncated, as nobody writes
	Halves       Mode = "halves"       // as Rename, but every line is written in two pieces
)

// Modes are all modes.
func Modes() []Mode { return []Mode{Rename, RenameLate, CopyTruncate, Halves} }

// Name is the log's name in Options.Dir; rotated files are Name.1, Name.2 and so on.
const Name = "app.log"

// Options say what to write and how. Dir and Mode are required.
type Options struct {
	Dir    string
	Mode   Mode
	Rate   int                // lines a second; 17,000 if 0
	For    time.Duration      // how long to write; 3 s if 0
	Rotate time.Duration      // between two rotations; 300 ms if 0
	Late   time.Duration      // how long RenameLate keeps to the old file; 50 ms if 0
	Keep   int                // how many rotated files stay; all if 0
	Line   func(n int) string // the nth line with its line break, from 1; Line of this package if nil
}

// Result is what was written.
type Result struct {
	Lines     int
	Bytes     int64
	Rotations int
	Took      time.Duration
}

// Line is a call's line of 260 bytes whose user is u-n. Only every other one has a request id: of the others only their place in
// the log can say whether they were taken already.
func Line(n int) string {
	id := ""
	if n%2 == 0 {
		id = fmt.Sprintf(`"request_id":"req_011C%020d",`, n)
	}
	line := fmt.Sprintf(`{"time":%q,%s"n":%d,"user":"u-%d","model":"claude-sonnet-5","app":"torture","status":200,"usage":{"input_tokens":%d,"output_tokens":7},"pad":"`,
		time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), id, n, n, 100+n%900)
	return line + strings.Repeat("x", max(0, lineSize-len(line)-3)) + "\"}\n"
}

const (
	lineSize = 260
	tick     = time.Millisecond // lines are written in bursts of this distance
)

func (o *Options) setDefaults() error {
	switch o.Mode {
	case Rename, RenameLate, CopyTruncate, Halves:
	default:
		return fmt.Errorf("unknown mode %q", o.Mode)
	}
	if o.Dir == "" || o.Rate < 0 || o.For < 0 || o.Rotate < 0 || o.Late < 0 || o.Keep < 0 {
		return errors.New("write log: a directory is required, and nothing may be negative")
	}
	set(&o.Rate, 17_000)
	set(&o.For, 3*time.Second)
	set(&o.Rotate, 300*time.Millisecond)
	set(&o.Late, 50*time.Millisecond)
	if o.Line == nil {
		o.Line = Line
	}
	return nil
}

func set[T ~int | ~int64](v *T, preset T) {
	if *v == 0 {
		*v = preset
	}
}

// writer is one run.
type writer struct {
	Options
	file   *os.File
	result Result
	moveAt time.Time // when RenameLate makes the new file; zero while it is not due
}

// Run writes until Options.For has passed or the context ends, which is no error. At the end every line is complete.
func Run(ctx context.Context, o Options) (Result, error) {
	if err := o.setDefaults(); err != nil {
		return Result{}, err
	}
	w := &writer{Options: o}
	if err := w.open(); err != nil {
		return w.result, err
	}
	err := w.run(ctx)
	return w.result, errors.Join(err, w.file.Close())
}

func (w *writer) path() string { return filepath.Join(w.Dir, Name) }

func (w *writer) open() error {
	f, err := os.OpenFile(w.path(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // other users' followers must read it
	if err == nil {
		w.file = f
	}
	return err
}

func (w *writer) run(ctx context.Context) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	begin := time.Now()
	rotated := begin
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		now := time.Now()
		w.result.Took = now.Sub(begin)
		if w.result.Took >= w.For {
			return nil
		}
		if err := w.burst(int(w.result.Took.Seconds() * float64(w.Rate))); err != nil {
			return err
		}
		if err := w.late(now); err != nil {
			return err
		}
		if now.Sub(rotated) >= w.Rotate {
			rotated = now
			if err := w.rotate(now); err != nil {
				return err
			}
		}
	}
}

// burst writes what is missing to a number of lines, in pieces as a logging library's buffer would give them.
func (w *writer) burst(upTo int) error {
	var text strings.Builder
	for w.result.Lines < upTo {
		w.result.Lines++
		line := w.Line(w.result.Lines)
		w.result.Bytes += int64(len(line))
		if w.Mode != Halves {
			text.WriteString(line)
			continue
		}
		cut := 1 + rand.IntN(len(line)-1) //nolint:gosec // any place will do
		for _, half := range []string{line[:cut], line[cut:]} {
			if _, err := w.file.WriteString(half); err != nil {
				return err
			}
		}
	}
	_, err := w.file.WriteString(text.String())
	return err
}

// late makes the new file once the writer has noticed that the old one was renamed.
func (w *writer) late(now time.Time) error {
	if w.moveAt.IsZero() || now.Before(w.moveAt) {
		return nil
	}
	w.moveAt = time.Time{}
	return w.reopen()
}

func (w *writer) reopen() error {
	if err := w.file.Close(); err != nil {
		return err
	}
	return w.open()
}

func (w *writer) rotate(now time.Time) error {
	if !w.moveAt.IsZero() {
		return nil // the last rotation is not over
	}
	w.result.Rotations++
	if err := w.shift(); err != nil {
		return err
	}
	first := w.path() + ".1"
	if w.Mode == CopyTruncate {
		return w.copyTruncate(first)
	}
	if err := os.Rename(w.path(), first); err != nil {
		return err
	}
	if w.Mode == RenameLate {
		w.moveAt = now.Add(w.Late)
		return nil
	}
	return w.reopen()
}

// shift makes room for a new first rotated file.
func (w *writer) shift() error {
	last := w.result.Rotations - 1
	if w.Keep > 0 {
		last = min(last, w.Keep-1)
	}
	for n := last; n > 0; n-- {
		if err := os.Rename(fmt.Sprintf("%s.%d", w.path(), n), fmt.Sprintf("%s.%d", w.path(), n+1)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) copyTruncate(to string) error {
	data, err := os.ReadFile(w.path())
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, data, 0o644); err != nil { //nolint:gosec // as the log itself
		return err
	}
	return w.file.Truncate(0)
}
