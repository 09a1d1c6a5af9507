package decode

import (
	"bytes"
	"slices"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// lane is what is open of one stream of a file: a record of several lines, a recorded stream. A file without a container's
// wrapper has one lane.
type lane struct {
	dump   *dump
	stream *stream
}

// composeLane is what the names of lanes begin with that Docker Compose's names make.
const composeLane = "compose "

// maxContainer is the longest name of a container that makes a lane of its own, with the blanks behind it.
const maxContainer = 40

// laneOf names the lane of a line: the container's stream, or the container's name where Docker Compose writes it before each line,
// web-1  | ..., so that the records of two containers don't mix.
func laneOf(e entry) string {
	if e.lane != "" || len(e.text) == 0 || e.text[0] == '{' {
		return e.lane
	}
	name, _, ok := bytes.Cut(e.text[:min(len(e.text), maxContainer)], []byte("| "))
	if name = bytes.TrimRight(name, " "); !ok || len(name) == 0 || idAt(name) != string(name) {
		return ""
	}
	return composeLane + string(name)
}

// lane returns the lane of a name, made if need be.
func (d *Decoder) lane(name string) *lane {
	l := d.lanes[name]
	if l == nil {
		if d.lanes == nil {
			d.lanes = map[string]*lane{}
		}
		l = &lane{}
		d.lanes[name] = l
	}
	return l
}

// read reads a line without its wrapper: the next of an open record, the first of a new one, or one that stands for itself.
func (d *Decoder) read(e entry) result {
	if len(d.lanes) > 0 {
		e.lane = laneOf(e)
		if l := d.lanes[e.lane]; l != nil && l.dump != nil {
			return d.proceed(l, e)
		}
	}
	return d.begin(e)
}

func (d *Decoder) begin(e entry) result {
	if mayOpen(e.text) {
		e.text = uncoloured(e.text)
		e.lane = laneOf(e)
		if bytes.Contains(e.text, []byte("ing HTTP request ")) || d.asked.Net.Open > 0 {
			if res, ok := d.netLine(e); ok {
				return res
			}
		}
		if x := d.opened(e); x != nil {
			l := d.lane(e.lane)
			res := result{format: x.name()}
			if l.stream != nil && x.kind == dumpHead { // the next response: nothing more comes of the one before
				res.calls, l.stream = l.stream.call(), nil
			}
			l.dump = x
			return res
		}
	}
	return d.single(e)
}

// proceed gives a line to the open record.
func (d *Decoder) proceed(l *lane, e entry) result {
	x := l.dump
	e.text = uncoloured(e.text)
	switch x.take(e) {
	case dumpMore:
		return result{format: x.name()}
	case dumpDone:
		return d.close(l)
	default:
		res := d.close(l)
		next := d.begin(e)
		res.add(next)
		return res
	}
}

// close ends the open record of a lane and returns what it was.
func (d *Decoder) close(l *lane) result {
	x := l.dump
	l.dump = nil
	switch x.kind {
	case dumpHead:
		res := d.closeHead(l, x)
		if (x.labels || len(x.lines) == 1) && l.stream == nil && len(res.calls) == 0 && res.err == nil { // it was none
			return d.reread(x)
		}
		return res
	case dumpWrapped:
		return d.closeWrapped(x)
	case dumpCut:
		return d.closeCut(x)
	default:
	}
	if x.depth > 0 && !x.bare { // cut off, or never an object: its lines stand for themselves
		if head := x.lines[0][:x.open]; stackLine(head) || logID(head) != "" { // surely cut off
			if res := d.closeObject(x); res.skipped == "" {
				return res
			}
		}
		return d.reread(x)
	}
	res := d.closeObject(x)
	if len(res.calls) == 0 && res.err == nil && res.format != "sse" {
		return d.reread(x)
	}
	return res
}

// reread reads the lines of a record that was none one by one.
func (d *Decoder) reread(x *dump) result {
	all := result{skipped: SkippedNotClaude}
	for _, text := range x.lines {
		all.add(d.single(entry{text: text, now: x.last, lane: x.lane, at: x.at}))
	}
	return all
}

// expireLanes ends what has waited long enough, all of it where the source has ended.
func (d *Decoder) expireLanes(now time.Time, ended bool) []claude.Call {
	if len(d.lanes) == 0 {
		return nil
	}
	var done []claude.Call
	for _, name := range d.laneNames() {
		l := d.lanes[name]
		if l.dump != nil && (ended || now.Sub(l.dump.last) >= dumpIdle) {
			done = append(done, d.close(l).calls...)
		}
		if s := l.stream; s != nil {
			if ended || now.Sub(s.Touched) >= streamIdle {
				done = append(done, s.call()...)
			}
			if ended || now.Sub(s.Touched) >= streamKept {
				l.stream = nil
			}
		}
		if l.dump == nil && l.stream == nil {
			delete(d.lanes, name)
		}
	}
	return done
}

// laneNames are the names in order, so that calls come in the same order every time.
func (d *Decoder) laneNames() []string {
	names := make([]string, 0, len(d.lanes))
	for name := range d.lanes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// maxPrefix is how much a logger may put before what an application writes.
const maxPrefix = 160

// mayOpen is the cheap test for the first line of a record of several lines: it ends with a bracket, or is short and says what heads of
// responses begin with.
func mayOpen(text []byte) bool {
	text = bytes.TrimRight(text, " \t")
	n := len(text)
	if n == 0 {
		return false
	}
	if isOpening(text[n-1]) {
		return true
	}
	if text[n-1] == ',' && membersAt(text) >= 0 || mayBeCut(text) {
		return true
	}
	if n > maxHeadLine || text[0] == '{' {
		return false
	}
	return bytes.Contains(text, []byte("HTTP")) || bytes.Contains(text, []byte("<-- ")) || bytes.Contains(text, []byte("--> POST ")) ||
		bytes.Contains(text, []byte("atelimit-")) || bytes.Contains(text, []byte("equest-")) || bytes.HasSuffix(text, []byte(" Content:")) ||
		n <= maxStatusMember && bytes.Contains(text, []byte("tatus")) || mayLabel(text)
}
