package decode

import "bytes"

// An application writes its lines about calls all alike: the same keys in the same order, only the values differ. A shape is what such
// lines have in common, learned from one of them by watching the walk. A line that has a known shape is read by comparing what
// stands between its values, without looking up any key. Whatever is odd about a line, a value of another kind, an escape before a
// quote, a figure out of range, a text that might hold a call, makes it no line of the shape: then it is walked like any other. So a
// shape only saves time: for every line that it reads the walk would have given the same record.

// Bounds of what is learned.
const (
	maxShapes    = 4
	maxShapeLine = 16 << 10 // bytes of a line that is learned from
	maxSlots     = 256
	maxSame      = 128 // bytes of a value that is remembered
)

// shape is what lines that are built alike have in common.
type shape struct {
	slots []slot
	tail  []byte // what stands behind the last value
	base  record // what the keys, and the values that are the same in all lines, make of a record
	used  int    // when it fitted last
}

// slot is the place of one value.
type slot struct {
	before []byte // from the value before it on, with the quote that opens it
	kind   slotKind
	guard  guard
	op     op
	ops    []op   // and more of them
	same   []byte // the value that was judged last, if it is short: what is the same again needs no second judgement
	depth  int    // of the container that it is
}

type slotKind uint8

const (
	slotString slotKind = iota
	slotNumber
	slotTree // a container that is passed over
)

// read fills a record from a line of the shape. It returns false where the line is none, and what it did to the record is void then.
func (s *shape) read(r *record, text []byte, loud []loudWord) bool {
	readings, fields, path, texts := r.headers.Readings[:0], r.fields, r.path[:0], r.texts
	*r = s.base
	r.headers.Readings = append(readings, s.base.headers.Readings...)
	r.fields, r.path, r.texts = fields, path, texts
	i := 0
	for k := range s.slots {
		sl := &s.slots[k]
		end := i + len(sl.before)
		if len(text) < end || string(text[i:end]) != string(sl.before) {
			return false
		}
		raw, ok := sl.value(text, end)
		if !ok || !sl.take(r, raw, loud) {
			return false
		}
		i = end + len(raw)
	}
	return string(text[i:]) == string(s.tail)
}

// value cuts out the slot's value, which begins at i.
func (sl *slot) value(text []byte, i int) ([]byte, bool) {
	switch sl.kind {
	case slotString:
		if sl.op.kind == opReset { // has a fixed length
			const n = len("2006-01-02T15:04:05Z")
			return text[i:min(i+n, len(text))], i+n < len(text) && text[i+n] == '"'
		}
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 || n > 0 && text[i+n-1] == '\\' {
			return nil, false
		}
		return text[i : i+n], true
	case slotNumber:
		end := i
		for end < len(text) && isNumberByte(text[end]) {
			end++
		}
		return text[i:end], end > i
	default:
		if i >= len(text) || text[i] != '{' && text[i] != '[' {
			return nil, false
		}
		w := walker{b: text, i: i, depth: sl.depth}
		err := w.skip()
		return text[i:w.i], err == nil
	}
}

// take judges a value and gives it to the record.
func (sl *slot) take(r *record, raw []byte, loud []loudWord) bool {
	if sl.guard != guardByOps && (string(raw) != string(sl.same) || len(raw) == 0) {
		if !sl.guard.pass(sl.kind, raw, loud) {
			return false
		}
		if len(raw) <= maxSame && sl.kind != slotTree {
			sl.same = append(sl.same[:0], raw...)
		}
	}
	if sl.op.kind != opNone && !sl.op.do(r, sl.kind, raw) {
		return false
	}
	for k := range sl.ops {
		if !sl.ops[k].do(r, sl.kind, raw) {
			return false
		}
	}
	return true
}
