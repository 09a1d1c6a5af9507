package decode

import (
	"bytes"

	"github.com/claudewatch/claudewatch/claude"
)

// maxElements is how many records one line may hold as an array.
const maxElements = 10000

// decodeJSON reads a line that is JSON, an array of records, or text in which JSON stands.
func decodeJSON(d *Decoder, e entry) (result, bool) {
	text := bytes.TrimLeft(e.text, " \t")
	if len(text) > 0 && text[0] == '[' && docStart(text[1:]) == len(text[1:])-len(bytes.TrimLeft(text[1:], " \t")) {
		if res, ok := d.decodeArray(text, e); ok {
			return res, true
		}
	}
	r := d.newRecord()
	if n, strict := nextDoc(text); n < 0 || n > 0 && !strict {
		return result{}, false
	}
	if docStart(text) != 0 {
		r.free(text)
		return d.finish(r, e), true
	}
	end, err := r.walk(text)
	switch {
	case err != nil && !claudeLike(text):
		return result{skipped: SkippedNotClaude}, true
	case err != nil:
		return result{format: "json", err: err}, true
	}
	if res, ok := d.several(r, text[:end], e); ok {
		return res, true
	}
	if rest := bytes.TrimSpace(text[end:]); len(rest) > 0 && relevant(rest) {
		r.free(rest)
	}
	return d.finish(r, e), true
}

// newRecord returns the decoder's record, empty: one line is read at a time.
func (d *Decoder) newRecord() *record {
	r := &d.record
	r.headers.Reset()
	path, headers := r.path[:0], r.headers
	*r = record{} // by itself, which is no copy
	r.fields, r.path, r.headers, r.texts, r.trail = d.fields, path, headers, &d.texts, d.newTrail()
	return r
}

// decodeArray reads the records of an array one by one.
func (d *Decoder) decodeArray(text []byte, e entry) (result, bool) {
	if isEventList(text) {
		r := d.newRecord()
		r.eventList(text)
		return d.finish(r, e), true
	}
	w := walker{b: text, i: 1, depth: 1}
	all := result{skipped: SkippedNotClaude}
	for range maxElements {
		w.space()
		start := w.i
		if w.i >= len(text) || text[w.i] != '{' {
			return result{}, false
		}
		if err := w.skip(); err != nil {
			return result{format: "json", err: err}, true
		}
		r := d.newRecord()
		r.depth = 1
		if _, err := r.walk(text[start:w.i]); err != nil {
			return result{format: "json", err: err}, true
		}
		if res, ok := d.several(r, text[start:w.i], e); ok {
			all.add(res)
		} else {
			all.add(d.finish(&d.record, e))
		}
		w.space()
		if w.i >= len(text) || text[w.i] != ',' {
			return all, true
		}
		w.i++
	}
	return all, true
}

// add takes the result of another record of the same line.
func (res *result) add(o result) {
	res.calls = append(res.calls, o.calls...)
	if res.err == nil {
		res.err = o.err
	}
	if o.skipped != "" {
		res.skipped = o.skipped
	}
	if o.format != "" {
		res.format = o.format
	}
	if len(res.calls) > 0 {
		res.skipped, res.err = "", nil
	}
}

// finish makes the record's call. Where the record itself is none but holds a line of the SDK, that line is read.
func (d *Decoder) finish(r *record, e entry) result {
	at := r.time
	if !at.known() {
		at = e.at
	}
	if r.sdk != nil {
		if res, ok := decodePython(d, e.with(r.sdk, at)); ok {
			res.format = "python-sdk"
			return res
		}
	}
	r.time = at.in(d.zone, e.now)
	var room []claude.Call
	if e.alone {
		room = d.one[:0]
	}
	res := r.result(e.now, room)
	res.format = "json"
	if r.transcript() {
		res.format = "claude-code"
	}
	for i := range res.calls {
		d.stamp(&res.calls[i])
		if res.format == "claude-code" {
			d.tell(&res.calls[i])
		}
	}
	return res
}

// stamp gives a call what only the configuration knows.
func (d *Decoder) stamp(c *claude.Call) {
	d.configured(c, partApp, d.app)
	d.configured(c, partWorkspace, d.workspace)
	c.App = orText(c.App, d.app)
	c.Workspace = orText(c.Workspace, d.workspace)
	c.Source = orText(c.Source, d.source)
}

func orText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
