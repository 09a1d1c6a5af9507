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
	quick  quick
	op     op
	ops    []op   // and more of them
	same   []byte // the value that was judged last, if it is short: what is the same again needs no second judgement
	streak int    // how many lines in a row had that value
	firm   []byte // before and same together, once the value was the same in some lines, else empty
	depth  int    // of the container that it is
}

// quick says how the values of a slot are read where only one thing is done with them.
type quick uint8

const (
	quickNone   quick = iota
	quickFigure       // digits alone
	quickReset        // 2006-01-02T15:04:05Z
	quickText         // a text of which a log has few
	quickOps          // by the operation, which judges it too; no two lines have the same
)

// firmAfter is how many lines in a row must have a value until it is compared together with what stands before it.
const firmAfter = 3

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
	r.usual = true
	i := 0
	for k := range s.slots {
		n := s.slots[k].read(r, text[i:], loud)
		if n < 0 {
			return false
		}
		i += n
	}
	return string(text[i:]) == string(s.tail)
}

// read takes the slot's value from a text that begins behind the value before it. It returns how much of the text that was, or -1 where
// the line is none of the shape.
func (sl *slot) read(r *record, text []byte, loud []loudWord) int {
	if n := len(sl.firm); n > 0 && n < len(text) && string(text[:n]) == string(sl.firm) && sl.ends(text[n]) {
		if sl.op.kind == opNone || sl.again(r, text[len(sl.before):n]) {
			return n
		}
		return -1
	}
	n := len(sl.before)
	if n > len(text) || string(text[:n]) != string(sl.before) {
		return -1
	}
	switch sl.quick {
	case quickFigure:
		return sl.count(r, text, n)
	case quickReset:
		return sl.reset(r, text, n)
	default:
	}
	raw, ok := sl.value(text, n)
	if !ok || !sl.judge(r, raw, loud) {
		return -1
	}
	return n + len(raw)
}

// judge takes a value if it is like those before it.
func (sl *slot) judge(r *record, raw []byte, loud []loudWord) bool {
	if sl.quick == quickOps {
		return sl.op.do(r, sl.kind, raw)
	}
	if len(raw) > 0 && string(raw) == string(sl.same) {
		return sl.take(r, raw) && sl.settle()
	}
	sl.streak, sl.firm = 0, sl.firm[:0]
	if sl.quick == quickText && sl.op.more.recall(raw) {
		sl.op.tell(r)
		return true
	}
	if sl.guard != guardByOps && !sl.guard.pass(sl.kind, raw, loud) {
		return false
	}
	if len(raw) <= maxSame && sl.kind != slotTree {
		sl.same = append(sl.same[:0], raw...)
	}
	return sl.take(r, raw)
}

// ends reports whether a value is over before a byte.
func (sl *slot) ends(c byte) bool {
	if sl.kind == slotNumber {
		return !isNumberByte(c)
	}
	return c == '"'
}

// settle notes that a value came again and was taken. It returns true.
func (sl *slot) settle() bool {
	if sl.streak++; sl.streak == firmAfter { // no container has a same
		sl.firm = append(append(sl.firm[:0], sl.before...), sl.same...)
	}
	return true
}

// again does what was done with the same value before.
func (sl *slot) again(r *record, raw []byte) bool {
	if sl.op.kind == opText { // it remembers the text
		sl.op.tell(r)
	} else if !sl.op.do(r, sl.kind, raw) {
		return false
	}
	return sl.others(r, raw)
}

// others does what else is to be done with a value.
func (sl *slot) others(r *record, raw []byte) bool {
	for k := range sl.ops {
		if !sl.ops[k].do(r, sl.kind, raw) {
			return false
		}
	}
	return true
}

// count takes the digits that a value begins with at i. That the value ends behind them shows what follows.
func (sl *slot) count(r *record, text []byte, i int) int {
	n, begin := int64(0), i
	for i < len(text) && text[i]-'0' <= 9 {
		n = 10*n + int64(text[i]-'0')
		i++
	}
	if i == begin || i-begin > maxDigits || !sl.op.count(r, n) {
		return -1
	}
	return i
}

// reset takes the time at which a limit is full again, which begins at i. That the value ends behind it shows what follows.
func (sl *slot) reset(r *record, text []byte, i int) int {
	end := i + len("2006-01-02T15:04:05Z")
	if end > len(text) || !sl.op.do(r, sl.kind, text[i:end]) {
		return -1
	}
	return end
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

// take gives a value that was judged to the record.
func (sl *slot) take(r *record, raw []byte) bool {
	if sl.op.kind != opNone && !sl.op.do(r, sl.kind, raw) {
		return false
	}
	return sl.others(r, raw)
}
