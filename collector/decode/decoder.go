package decode

import (
	"bytes"
	"fmt"
	"time"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// Options say what the logs don't. The zero value is fine.
type Options struct {
	App       string // of calls that don't say
	Workspace string // of calls that don't say
	Source    string // the configured source, for the call to name
	// Fields says under which dotted path a log keeps a field of the call: app, user, workspace, organization, model, request_id.
	Fields map[string]string
	// Zone is what times without a zone are in; nil is UTC.
	Zone *time.Location
	// Explain makes the decoder say of each call where its values came from (claude.Call.Provenance). It takes more time and memory.
	Explain bool
	// Observe, if set, is told by File of each line, by its number from 1, and what became of it. Calls of several lines come with the last.
	Observe func(line int64, o collector.Outcome)
	// MaxLine is the longest line that File reads and that partial lines are joined to, in bytes; 0 is 1 MiB.
	MaxLine int
	// Now tells the time of reading to File; nil is time.Now.
	Now func() time.Time
}

// defaultMaxLine is the longest line that is read, in bytes.
const defaultMaxLine = 1 << 20

// Decoder reads the lines of one file. It is not used concurrently.
type Decoder struct {
	app, workspace, source string
	fields                 []mapping
	maxLine                int
	now                    func() time.Time
	zone                   *time.Location
	formats                *formatTable
	rescues                bool // a mistake of ours is survived; tests want to see it

	trail   *trail // nil unless it must explain
	started []lineStart
	line    int64 // number of the last line
	observe func(int64, collector.Outcome)

	record   record
	texts    texts
	shapes   shapes
	attempts attempts
	partials partials
	lanes    map[string]*lane
	links    []link
	asked    asked
	echoes   echoes
	told     []claude.Reading // of a subscription's windows, for the next call
	end      int64            // of the last line
	one      [1]claude.Call   // the last that a known shape gave
	replay   replay
}

var _ collector.Decoder = (*Decoder)(nil)

// New makes a decoder. The error names the option that is wrong.
func New(o Options) (*Decoder, error) {
	fields, err := newMappings(o.Fields)
	if err != nil {
		return nil, err
	}
	if o.MaxLine < 0 {
		return nil, fmt.Errorf("max line %d: negative", o.MaxLine)
	}
	if o.MaxLine == 0 {
		o.MaxLine = defaultMaxLine
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	d := &Decoder{
		app: o.App, workspace: o.Workspace, source: o.Source, fields: fields, maxLine: o.MaxLine, now: o.Now, zone: o.Zone,
		formats: knownFormats(), rescues: true, partials: partials{max: o.MaxLine},
	}
	d.record.fields, d.record.texts, d.observe = fields, &d.texts, o.Observe
	if o.Explain {
		d.trail = &trail{}
	}
	return d, nil
}

// Decode implements collector.Decoder.
func (d *Decoder) Decode(line collector.Line, now time.Time) collector.Outcome {
	whole, skip := d.glance(&line)
	if skip {
		return collector.Outcome{Skipped: SkippedNotClaude}
	}
	return d.take(line, whole, now)
}

// glance is the first look at a line. whole says that it is one object while nothing else is open, skip that it is not of Claude's then:
// as most lines are.
func (d *Decoder) glance(line *collector.Line) (whole, skip bool) {
	d.end = max(d.end, line.End)
	if d.trail != nil {
		d.mark(line.Start)
	}
	whole = d.idle() && ordinary(line)
	return whole, whole && !relevant(line.Text)
}

// take reads a line that was glanced at.
func (d *Decoder) take(line collector.Line, whole bool, now time.Time) (o collector.Outcome) {
	if d.rescues {
		defer d.rescue(&o)
	}
	if whole {
		return outcome(d.about(entry{text: line.Text, now: now, start: line.Start, alone: true}))
	}
	text := bytes.Trim(line.Text, "\x00")
	for n := len(text) - 1; n >= 0 && (text[n] == '\r' || text[n] == '\n'); n-- {
		text = text[:n]
	}
	if line.TooLong {
		return collector.Outcome{Rejected: RejectedLength, Detail: fmt.Sprintf("%d bytes and more", len(line.Text))}
	}
	if d.replay.active() && d.replay.passed(line, text) {
		return collector.Outcome{Skipped: SkippedReplayed}
	}
	expired := d.expireLanes(now, false)
	res := d.unwrap(entry{text: text, now: now}, line)
	if expired = append(expired, d.attempts.expire(now)...); len(expired) > 0 {
		res.calls = append(expired, res.calls...)
	}
	return outcome(res)
}

// idle reports that no record is open, nor anything else that a line which is not of Claude's could be a part of.
func (d *Decoder) idle() bool {
	return len(d.lanes) == 0 && len(d.attempts.open) == 0 && !d.replay.active()
}

// ordinary reports a line that is one object without a container's wrapper, which no record of several lines begins with.
func ordinary(line *collector.Line) bool {
	text := line.Text
	n := len(text)
	return n > 4 && text[0] == '{' && text[1] == '"' && text[n-1] == '}' && text[4] != '-' && !line.TooLong && !bytes.HasPrefix(text, []byte(dockerStart))
}

func outcome(res result) collector.Outcome {
	o := collector.Outcome{Calls: res.calls, Format: res.format, Skipped: res.skipped}
	if res.err != nil {
		o.Rejected, o.Detail = rejected(res.err)
		o.Skipped = ""
	}
	return o
}

// single tries the formats on a line that is no part of a record of several lines.
func (d *Decoder) single(e entry) result {
	if !relevant(e.text) {
		d.asked.Stack.chain(e)
		d.asked.Sent.other(e.text)
		return result{skipped: SkippedNotClaude}
	}
	d.asked.Sent.see(e, d.end)
	return d.about(e)
}

// about is single for a line that may be about Claude.
func (d *Decoder) about(e entry) result {
	e.text = uncoloured(e.text)
	if !e.at.known() && len(e.text) > 0 && e.text[0] != '{' {
		e.at = prefixStamp(e.text)
	}
	object := len(e.text) > 1 && e.text[0] == '{' && e.text[1] == '"' || docStart(e.text) == 0
	if object && d.trail == nil && d.shapes.read(&d.record, e.text, d.formats.loud) {
		return d.settle(d.finish(&d.record, e), e)
	}
	e.alone = false // other formats may make several records of it
	for i := range d.formats.list {
		f := &d.formats.list[i]
		if !maybe(f, d.formats.rare[i], e.text, object) {
			continue
		}
		if res, ok := f.decode(d, e); ok {
			if res.format == "" && res.skipped == "" {
				res.format = f.name
			}
			if object && d.trail == nil && f.name == "json" {
				d.shapes.learn(d, e.text)
			}
			return d.settle(res, e)
		}
	}
	return result{skipped: SkippedNoCall}
}

// Flush implements collector.Decoder.
func (d *Decoder) Flush(now time.Time, ended bool) []claude.Call {
	if ended {
		d.partials.drop()
		calls := d.expireLanes(now, true)
		return append(calls, d.attempts.all()...)
	}
	d.partials.expire(now)
	d.asked.Stack.expire(now)
	calls := d.expireLanes(now, false)
	return append(calls, d.attempts.expire(now)...)
}
