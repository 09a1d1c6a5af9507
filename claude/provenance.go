package claude

// Provenance says where the values of a call came from. Decoders note it only where they are asked to; it is nil otherwise, and never
// stored.
type Provenance struct {
	Notes []Note
}

// Note is one value that was found for a field. Of several the one that the call has in the end counts.
type Note struct {
	Field string // as the call's JSON names it, nested ones by dots: usage.input_tokens, readings.requests.limit
	Value string // as it stood there
	Line  int64  // its number in the log, from 1
	How   NoteKind
	Name  string // the key's path, the header's name, or what kind of text it was
}

// NoteKind is how a value was found.
type NoteKind string

// The kinds of notes.
const (
	NoteKey        NoteKind = "key"        // under a key of the log
	NoteHeader     NoteKind = "header"     // a header of the response
	NoteText       NoteKind = "text"       // in the words of a line
	NoteMapped     NoteKind = "mapped"     // under the key that the configuration names
	NoteConfigured NoteKind = "configured" // the configuration says it of calls that don't
	NoteDerived    NoteKind = "derived"    // follows from other values
)

// With returns the notes and one more. Without any notes there is nothing to add to.
func (p *Provenance) With(n Note) *Provenance {
	if p == nil {
		return nil
	}
	return p.merge(&Provenance{Notes: []Note{n}})
}

// merge returns the notes of both. Neither is changed.
func (p *Provenance) merge(o *Provenance) *Provenance {
	switch {
	case o == nil || p == o:
		return p
	case p == nil:
		return o
	}
	return &Provenance{Notes: append(append([]Note(nil), p.Notes...), o.Notes...)}
}
