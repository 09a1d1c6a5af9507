package decode

import "github.com/claudewatch/claudewatch/claude"

// lineStart is where a line of the log began.
type lineStart struct {
	offset, line int64
}

// maxStarted is how many lines are remembered by where they began: more than a record may have.
const maxStarted = 2 * maxDumpLines

// mark counts a line and notes where it began.
func (d *Decoder) mark(offset int64) {
	d.line++
	d.trail.line = d.line
	if len(d.started) == maxStarted {
		d.started = append(d.started[:0], d.started[maxStarted/2:]...)
	}
	d.started = append(d.started, lineStart{offset, d.line})
}

// trailFrom returns the trail of a record whose text began at an offset, nil where nothing need be explained.
func (d *Decoder) trailFrom(offset int64) *trail {
	if d.trail == nil {
		return nil
	}
	t := &trail{line: d.line}
	for _, s := range d.started {
		if s.offset <= offset {
			t.line = s.line
		}
	}
	return t
}

// newTrail returns the trail of a record of the line that is being read, nil where nothing need be explained.
func (d *Decoder) newTrail() *trail {
	if d.trail == nil {
		return nil
	}
	return &trail{line: d.line}
}

// next tells the trail that what follows stands one line further down.
func (t *trail) next() {
	if t != nil {
		t.line++
	}
}

// configured notes what the configuration says of a call that does not say it itself.
func (d *Decoder) configured(c *claude.Call, p part, value string) {
	if value == "" || *textOf(c, p) != "" {
		return
	}
	c.Provenance = c.Provenance.With(claude.Note{Field: p.String(), Value: value, Line: d.line, How: claude.NoteConfigured, Name: p.String()})
}

// found notes that a line said one thing of calls that stand elsewhere.
func (d *Decoder) found(res result, p part, value string) result {
	for i := range res.calls {
		c := &res.calls[i]
		c.Provenance = c.Provenance.With(claude.Note{Field: p.String(), Value: value, Line: d.line, How: claude.NoteText, Name: "words of the line"})
	}
	return res
}

// noteOn gives a call the notes of a record that adds to it.
func (r *record) noteOn(c *claude.Call) {
	if r.trail == nil {
		return
	}
	for _, n := range r.trail.provenance().Notes {
		c.Provenance = c.Provenance.With(n)
	}
}
