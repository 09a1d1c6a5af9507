package decode

import (
	"strconv"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// trail notes what a record looked at and from where it took each of its values. Most records have none: it serves those who want to
// know (Options.Explain), and it is what a shape is learned from.
type trail struct {
	visits []visit
	takes  []taking
	line   int64 // number of the line that is being read
	spent  bool  // the duration is what partSpent was taken from
}

// visit is a value that a walk met.
type visit struct {
	path  string // its keys, joined by dots
	frame frame  // what it stood in, as far as that was known
	field field
	value scalar
	inner int  // strings within strings
	depth int  // of a tree
	tree  bool // an object or array that was not looked into; value.raw is all of it
}

// taking is a value that became part of the call.
type taking struct {
	part   part
	raw    []byte
	line   int64
	header string // its name, of a header
	mapped string // the path, where the configuration gives it
	how    string // what kind of text it was found in, where no key names it
}

// visit notes a value.
func (t *trail) visit(r *record, fr *frame, f field, s scalar) {
	t.visits = append(t.visits, visit{path: pathOf(r.path, f.key), frame: *fr, field: f, value: s, inner: r.inner})
}

// skip notes a container that is passed over.
func (t *trail) skip(r *record, f field, data []byte, depth int) {
	t.visits = append(t.visits, visit{path: pathOf(r.path, f.key), field: f, value: scalar{raw: data}, tree: true, depth: depth})
}

// dropUsage forgets the counts that a usage object outdoes.
func (t *trail) dropUsage() {
	for i := range t.takes {
		if p := t.takes[i].part; p >= partTier && p <= partIterations {
			t.takes[i].part = partNone
		}
	}
}

func (t *trail) take(g taking) {
	g.line = t.line
	t.takes = append(t.takes, g)
}

// took notes that a part of the call was taken from a value.
func (r *record) took(p part, raw []byte) {
	if r.trail != nil {
		r.trail.take(taking{part: p, raw: raw})
	}
}

func (r *record) tookHeader(name, raw []byte) {
	if r.trail != nil {
		r.trail.take(taking{part: partHeader, raw: raw, header: string(name)})
	}
}

func (r *record) tookMapped(m mapping, raw []byte) {
	if r.trail != nil {
		r.trail.take(taking{part: targets[m.target].part, raw: raw, mapped: string(m.path)})
	}
}

// tookFrom notes what stood in the words of a text, where no key names it.
func (r *record) tookFrom(text string, p part) {
	if r.trail != nil {
		r.trail.take(taking{part: p, how: text})
	}
}

// pathOf joins keys by dots. The first is that of the outermost object, which has none.
func pathOf(path [][]byte, key []byte) string {
	var out []byte
	for i, k := range path {
		if i > 0 && len(k) > 0 {
			out = append(append(out, k...), '.')
		}
	}
	return string(append(out, key...))
}

// maxNotes bounds what is noted of one record.
const maxNotes = 256

// provenance says where the values came from. Only values of named fields are in it: of an error's message it says nothing.
func (t *trail) provenance() *claude.Provenance {
	p := &claude.Provenance{}
	for _, g := range t.takes {
		if g.part == partNone || g.part == partMessage || g.part == partSpent && !t.spent || len(p.Notes) == maxNotes {
			continue
		}
		n := claude.Note{Field: g.part.String(), Line: g.line, How: claude.NoteKey, Name: t.pathTo(g.raw)}
		if g.part != partReadings && g.part != partIterations && g.mapped == "" { // those may hold other text too
			n.Value = string(g.raw[:min(len(g.raw), maxNoted)])
		}
		switch {
		case g.how != "":
			n.How, n.Name = claude.NoteText, g.how
		case g.mapped != "":
			n.How, n.Name = claude.NoteMapped, g.mapped
		case g.part == partHeader:
			if n.Field = headerField(g.header, g.raw); n.Field == "" {
				continue
			}
			n.How = claude.NoteHeader
			if n.Name == "" {
				n.Name = g.header
			}
		case n.Name == "":
			n.How, n.Name = claude.NoteText, "text"
		}
		p.Notes = append(p.Notes, n)
	}
	return p
}

// maxNoted is the longest value that is noted, in bytes.
const maxNoted = 128

// pathTo finds the keys of the value that raw was cut out of.
func (t *trail) pathTo(raw []byte) string {
	for i := range t.visits {
		v := t.visits[i].value.raw
		if len(v) > 0 && len(v) == len(raw) && &v[0] == &raw[0] {
			return t.visits[i].path
		}
	}
	return ""
}

// headerField is the field of the call that a header sets, or "".
func headerField(name string, value []byte) string {
	switch low := claude.HeaderName(name); low {
	case "request-id":
		return partRequestID.String()
	case "anthropic-organization-id":
		return partOrganization.String()
	case "anthropic-workspace-id":
		return partWorkspace.String()
	case "date":
		return partServerTime.String()
	case "retry-after", "retry-after-ms":
		return partRetryAfter.String()
	default:
		var h claude.Headers
		if err := h.Add(name, string(value)); err != nil || len(h.Readings) != 1 {
			return ""
		}
		return "readings." + string(h.Readings[0].Limiter) + "." + low[strings.LastIndexByte(low, '-')+1:]
	}
}

// explain gives the call that a record made the record's notes.
func (r *record) explain(c *claude.Call) {
	if r.trail == nil {
		return
	}
	c.Provenance = r.trail.provenance()
	note := func(p part, value string) {
		c.Provenance.Notes = append(c.Provenance.Notes, claude.Note{
			Field: p.String(), Value: value, Line: r.trail.line, How: claude.NoteDerived, Name: derivedFrom[p],
		})
	}
	note(partPool, string(c.Pool))
	note(partCause, string(c.Cause))
	note(partProvider, c.Provider)
	note(partStatus, strconv.Itoa(c.Status))
	note(partRegain, "")
	note(partOrganization, c.Organization)
	r.explainTime(c)
}

// explainTime notes where the time came from, where no key gave it.
func (r *record) explainTime(c *claude.Call) {
	n := claude.Note{Field: partTime.String(), Line: r.trail.line, How: claude.NoteDerived, Name: "the moment of reading: the log says no time"}
	switch {
	case c.Undated:
	case c.Time.Equal(c.ServerTime):
		n.Name = "the Date header"
	default:
		n.How, n.Name = claude.NoteText, "what stands before the record"
	}
	for _, o := range c.Provenance.Notes {
		if o.Field == n.Field && n.How == claude.NoteText {
			return
		}
	}
	c.Provenance.Notes = append(c.Provenance.Notes, n)
}

// derivedFrom says what follows from what.
var derivedFrom = map[part]string{
	partPool: "the model", partCause: "status, error and headers", partProvider: "the address or the model's name", partStatus: "the type of the error",
	partRegain: "the error's message", partOrganization: "the error's message",
}
