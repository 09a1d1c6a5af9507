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
	formats                []format
	rare                   [][]int // of the formats, as rarest says

	record   record
	texts    texts
	attempts attempts
	partials partials
	lanes    map[string]*lane
	links    []link
	asked    asked
	echoes   echoes
	told     []claude.Reading // of a subscription's windows, for the next call
	end      int64            // of the last line
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
	return &Decoder{
		app: o.App, workspace: o.Workspace, source: o.Source, fields: fields, maxLine: o.MaxLine, now: o.Now,
		formats: formats(), rare: rarest(formats()), partials: partials{max: o.MaxLine},
	}, nil
}

// Decode implements collector.Decoder.
func (d *Decoder) Decode(line collector.Line, now time.Time) collector.Outcome {
	d.end = max(d.end, line.End)
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
		return result{skipped: SkippedNotClaude}
	}
	e.text = uncoloured(e.text)
	if !e.at.known() && len(e.text) > 0 && e.text[0] != '{' {
		e.at = prefixStamp(e.text)
	}
	object := docStart(e.text) == 0
	for i := range d.formats {
		f := &d.formats[i]
		if !maybe(f, d.rare[i], e.text, object) {
			continue
		}
		if res, ok := f.decode(d, e); ok {
			if res.format == "" && res.skipped == "" {
				res.format = f.name
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
	calls := d.expireLanes(now, false)
	return append(calls, d.attempts.expire(now)...)
}
