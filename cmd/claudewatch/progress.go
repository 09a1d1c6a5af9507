package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// How often progress is shown: on a terminal ten times a second at most, elsewhere now and then.
const (
	redrawEvery = 100 * time.Millisecond
	tellEvery   = 10 * time.Second
	wholeLine   = 79 // columns, so that a terminal of 80 does not wrap

	progressCells = 10
)

// progress shows how far reading has got: on a terminal one line that is drawn over itself, elsewhere a line now and then.
type progress struct {
	w        io.Writer
	now      func() time.Time
	terminal bool
	total    int64 // bytes on disk; -1 when nobody knows

	mu     sync.Mutex // guards all below
	began  time.Time
	shown  time.Time
	before int64            // of the files that are done
	parts  map[string]int64 // of those that are being read
	drawn  bool
}

func newProgress(w io.Writer, total int64) *progress {
	p := &progress{w: w, now: time.Now, terminal: isTerminal(w), total: total}
	p.began = p.now()
	p.shown = p.began
	return p
}

// isTerminal reports a character device that is not a sink like /dev/null.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}

// at says that a file was read up to a byte.
func (p *progress) at(name string, read int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.parts == nil {
		p.parts = map[string]int64{}
	}
	p.parts[name] = read
	now := p.now()
	every := tellEvery
	if p.terminal {
		every = redrawEvery
	}
	if now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	done := p.before
	for _, n := range p.parts {
		done += n
	}
	text := p.text(name, done, now.Sub(p.began))
	if !p.terminal {
		fmt.Fprintln(p.w, text)
		return
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", text)
	p.drawn = true
}

// file says that a file is done, of which so much counted towards the total.
func (p *progress) file(name string, size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.parts, name)
	p.before += max(0, size)
}

// clear takes the line off the terminal before something else is printed.
func (p *progress) clear() { p.pause(func() {}) }

// pause takes the line off the terminal while something else is printed.
func (p *progress) pause(print func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
	print()
}

// text is what there is to say: how much, how fast, how long still.
func (p *progress) text(name string, done int64, took time.Duration) string {
	rate := float64(done) / max(took.Seconds(), 1e-3)
	facts := fmt.Sprintf("%s  %s/s", inBytes(float64(done)), inBytes(rate))
	if p.total > 0 {
		part := min(1, float64(done)/float64(p.total))
		left := "?"
		if rate > 0 {
			left = span(time.Duration(float64(max(0, p.total-done)) / rate * float64(time.Second)))
		}
		cells := int(part * progressCells)
		facts = fmt.Sprintf("[%s%s] %3.0f %%  %s of %s  %s/s  %s left", strings.Repeat("=", cells), strings.Repeat(" ", progressCells-cells),
			part*100, inBytes(float64(done)), inBytes(float64(p.total)), inBytes(rate), left)
	}
	room := wholeLine - 2 - utf8.RuneCountInString(facts)
	if name = lastRunes(printable(name), room); name == "" {
		return facts
	}
	return name + "  " + facts
}

// lastRunes cuts a path from its beginning: its end tells more.
func lastRunes(s string, n int) string {
	r := []rune(s)
	switch {
	case len(r) <= n:
		return s
	case n < 8:
		return ""
	default:
		return "…" + string(r[len(r)-n+1:])
	}
}

// inBytes writes an amount of bytes as people read it.
func inBytes(n float64) string {
	for _, u := range []struct {
		div  float64
		name string
	}{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if n >= u.div {
			return fmt.Sprintf("%.1f %s", n/u.div, u.name)
		}
	}
	return fmt.Sprintf("%.0f B", n)
}
