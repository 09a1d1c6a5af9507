package decode

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// maxShared is the longest text that is shared, in bytes.
const maxShared = 64

// texts are the last texts that records held, so that a model that stands in every line is kept in memory once. It is bounded: what
// has the same hash replaces each other. nil shares nothing.
type texts struct {
	slots    [64]string
	models   [8]knownModel
	next     int              // the one of models to replace
	readings []claude.Reading // room for the readings of the next calls
}

// maxReadings is room for the readings of some calls. What is kept of any of them keeps the room, so it is not larger.
const maxReadings = 64

// keep returns a copy of readings that is the call's own.
func (ts *texts) keep(rs []claude.Reading) []claude.Reading {
	if ts == nil || len(rs) > maxReadings/4 {
		return slices.Clone(rs)
	}
	if len(ts.readings)+len(rs) > cap(ts.readings) {
		ts.readings = make([]claude.Reading, 0, maxReadings)
	}
	n := len(ts.readings)
	ts.readings = append(ts.readings, rs...)
	return slices.Clip(ts.readings[n:])
}

// knownModel is what an id of a model says.
type knownModel struct {
	id    string
	own   bool // it is one of Claude's
	usual bool // the id needs no cleaning
	model claude.Model
}

func newKnownModel(id string) knownModel {
	low := strings.ToLower(id)
	k := knownModel{id: id, own: strings.Contains(low, "claude") || strings.Contains(low, "anthropic"), usual: len(id) <= maxShared, model: claude.ParseModel(id)}
	for i := range len(id) {
		k.usual = k.usual && id[i] > ' ' && id[i] < 0x7f && id[i] != '<'
	}
	return k
}

// model returns what an id says: a log has few. It is valid until the next one is asked for.
func (ts *texts) model(id string) *knownModel {
	if ts == nil || len(id) > maxShared {
		k := newKnownModel(id)
		return &k
	}
	for i := range ts.models {
		if ts.models[i].id == id {
			return &ts.models[i]
		}
	}
	k := &ts.models[ts.next]
	*k = newKnownModel(id)
	ts.next = (ts.next + 1) % len(ts.models)
	return k
}

// of returns the text of b, which it does not keep.
func (ts *texts) of(b []byte) string {
	if ts == nil || len(b) == 0 || len(b) > maxShared {
		return string(b)
	}
	slot := &ts.slots[keyHash(b)%uint(len(ts.slots))]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// shared is a scalar's text, shared with other records where they have it too.
func (r *record) shared(s scalar) string {
	if s.kind == kindString && bytes.IndexByte(s.raw, '\\') >= 0 {
		return s.text()
	}
	return r.texts.of(s.raw)
}

// plain reports a short text of words alone, as in "Claude call completed", which says nothing of a call: no address, no header, no
// data, no number, no name of a class.
func plain(text []byte) bool {
	if len(text) > maxShared {
		return false
	}
	for i, c := range text {
		if c != ' ' && (c < 'a' || c > 'z') && (i > 0 || c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// usualText reports a short text of visible ASCII and blanks, which claude.Call.Clean would leave as it is.
func usualText(raw []byte) bool {
	if len(raw) > maxShared {
		return false
	}
	i := 0
	for ; i+8 <= len(raw); i += 8 { // a byte is none if it is above 0x7e or below 0x20, which sets its highest bit in one of the terms
		x := binary.LittleEndian.Uint64(raw[i:])
		if (x|(x+0x0101010101010101)|(x-0x2020202020202020))&0x8080808080808080 != 0 {
			return false
		}
	}
	for ; i < len(raw); i++ {
		if raw[i] < ' ' || raw[i] > '~' {
			return false
		}
	}
	return true
}

// maxDigits is how many digits a figure may have to be read the quick way.
const maxDigits = 15

// digits reads up to 15 digits, as most numbers of a log are written.
func digits(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > maxDigits {
		return 0, false
	}
	n := int64(0)
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = 10*n + int64(c)
	}
	return n, true
}
