package decode

import (
	"bytes"
	"reflect"
	"slices"

	"github.com/claudewatch/claudewatch/claude"
)

// newShape learns from a line. It returns nil where the line holds anything whose meaning might change with a value.
func newShape(fields []mapping, text []byte, loud []loudWord) *shape {
	if len(text) > maxShapeLine || bytes.IndexByte(text, '\\') >= 0 {
		return nil
	}
	t := &trail{}
	r := &record{fields: fields, trail: t}
	if end, err := r.walk(text); err != nil || end != len(text) {
		return nil
	}
	if r.err != nil || r.odd || r.uncounted || r.foreign || r.sdk != nil || r.badStatus != 0 || r.again || r.refusal != (claude.Refusal{}) || r.apiError || r.inner != 0 ||
		r.prompt.Known() || r.generated.Known() || !r.call.RegainAt.IsZero() || !r.call.ServerTime.IsZero() || len(r.call.Readings) > 0 {
		return nil
	}
	l := lesson{text: text, record: r, trail: t}
	if !l.slots() {
		return nil
	}
	s := &shape{slots: l.out, tail: bytes.Clone(text[l.at:]), base: l.base()}
	if s.isLoud(loud) || !s.tells(r, text, loud) {
		return nil
	}
	return s
}

// isLoud reports a shape with a value for which another format may want a line: it did not want this one, but it may want one where
// the value stands nearer to the beginning.
func (s *shape) isLoud(loud []loudWord) bool {
	return slices.ContainsFunc(s.slots, func(sl slot) bool { return sl.kind == slotString && len(sl.same) > 0 && isLoud(sl.kind, sl.same, loud) })
}

// tells reports whether the shape makes of the line that it was learned from what the walk made of it.
func (s *shape) tells(r *record, text []byte, loud []loudWord) bool {
	got := &record{fields: r.fields}
	if !s.read(got, text, loud) {
		return false
	}
	got.usual = false
	want := *r
	want.trail, want.path, got.path = nil, nil, nil
	want.headers.Readings = append([]claude.Reading(nil), want.headers.Readings...)
	got.headers.Readings = append([]claude.Reading(nil), got.headers.Readings...)
	return reflect.DeepEqual(got, &want)
}

// base is the record without anything that the slots will set.
func (l *lesson) base() record {
	b := *l.record
	b.trail, b.path, b.fields, b.mapped = nil, nil, nil, [targetCount]string{}
	b.call = claude.Call{Stream: b.call.Stream, Sidechain: b.call.Sidechain}
	b.time, b.lasted, b.loose = stamp{}, claude.Opt[float64]{}, false
	b.url = l.url
	h := claude.Headers{Known: b.headers.Known - l.dynamic}
	for _, rd := range b.headers.Readings {
		h.Readings = append(h.Readings, claude.Reading{Limiter: rd.Limiter})
	}
	b.headers = h
	return b
}

// lesson is what is found out about one line.
type lesson struct {
	text   []byte
	record *record
	trail  *trail

	at   int // behind the last value
	out  []slot
	url  bool         // a header says that the line is of the API
	last map[part]int // the number of the taking that counts

	dynamic int // headers that their operation counts
}

// offset is where in the line a value stands that was cut out of it.
func (l *lesson) offset(raw []byte) int { return cap(l.text) - cap(raw) }

// slots makes a slot of each value that may differ from line to line.
func (l *lesson) slots() bool {
	l.last = map[part]int{}
	for i, t := range l.trail.takes {
		if t.mapped == "" && t.part != partHeader {
			l.last[t.part] = i
		}
	}
	for _, v := range l.trail.visits {
		if v.inner > 0 {
			return false
		}
		if !v.tree && v.value.kind != kindString && v.value.kind != kindNumber {
			continue // a part of what stands between the values
		}
		at := l.offset(v.value.raw)
		if at < l.at || at+len(v.value.raw) > len(l.text) || len(l.out) == maxSlots {
			return false
		}
		sl := slot{before: bytes.Clone(l.text[l.at:at]), kind: kindOfSlot(v), depth: v.depth}
		if !l.judge(&sl, v, l.taken(v)) {
			return false
		}
		if sl.guard == guardConst && (v.tree || len(v.value.raw) > maxSame) {
			return false
		}
		if len(sl.ops) > 0 {
			sl.op, sl.ops = sl.ops[0], sl.ops[1:]
		}
		sl.quick = quickOf(&sl)
		if !v.tree && len(v.value.raw) <= maxSame {
			sl.same = bytes.Clone(v.value.raw)
		}
		l.out, l.at = append(l.out, sl), at+len(v.value.raw)
	}
	return true
}

// quickOf finds out how the values of a slot can be read quickly.
func quickOf(sl *slot) quick {
	if len(sl.ops) > 0 || sl.kind == slotTree {
		return quickNone
	}
	switch sl.op.kind {
	case opText:
		if sl.guard != guardConst {
			return quickText
		}
	case opCount, opLimit, opRemaining:
		if sl.guard == guardByOps {
			return quickFigure
		}
	case opReset:
		if sl.guard == guardByOps && sl.kind == slotString {
			return quickReset
		}
	case opTime, opSeconds, opMillis, opSpent:
		if sl.guard == guardByOps {
			return quickOps
		}
	default:
	}
	return quickNone
}

func kindOfSlot(v visit) slotKind {
	switch {
	case v.tree:
		return slotTree
	case v.value.kind == kindNumber:
		return slotNumber
	default:
		return slotString
	}
}

// taken returns the takings of a value, in order.
func (l *lesson) taken(v visit) []int {
	var ns []int
	for i, t := range l.trail.takes {
		if len(t.raw) == len(v.value.raw) && cap(t.raw) == cap(v.value.raw) {
			ns = append(ns, i)
		}
	}
	return ns
}

// judge finds out what to do with the values of a slot, and what they must be like. It returns false where that can't be told.
func (l *lesson) judge(sl *slot, v visit, takes []int) bool {
	if v.tree {
		sl.guard = guardQuiet
		if len(takes) == 1 && l.trail.takes[takes[0]].part == partIterations {
			sl.ops = append(sl.ops, op{kind: opIterations, part: partIterations, more: &opMore{}})
			return true
		}
		return len(takes) == 0 && v.field.role != roleReadings && v.field.role != roleInstant
	}
	looked := false
	for _, i := range takes {
		t := l.trail.takes[i]
		switch {
		case t.part == partNone:
			looked = true
		case t.part == partSpent: // see below
		case t.mapped != "":
			sl.ops = append(sl.ops, op{kind: opMapped, more: &opMore{from: l.mapping(t.part)}})
		case t.part == partHeader:
			o, ok := l.headerOp(t)
			if !ok {
				return false
			}
			sl.ops = append(sl.ops, o)
		case l.last[t.part] == i:
			o, ok := callOp(t.part, v)
			if !ok {
				return false
			}
			sl.ops = append(sl.ops, o)
		default: // another value outdoes it
			looked = true
		}
	}
	taken, strict := false, false
	for _, o := range sl.ops {
		taken = taken || o.kind != opMapped
		strict = strict || o.strict()
	}
	if v.field.unusualSpent() && !v.frame.array && !v.frame.headers && !v.frame.request {
		sl.ops = append(sl.ops, op{kind: opSpent, more: &opMore{name: bytes.Clone(v.field.key), loose: v.field.role == roleResponseTime}})
		strict = true
	}
	var ok bool
	if sl.guard, ok = guardFor(v, taken, looked); !ok {
		return false
	}
	if strict {
		sl.guard = guardByOps
	}
	if len(v.value.raw) == 0 && (len(l.record.fields) > 0 || sl.guard == guardFull) {
		sl.guard = guardConst
	}
	if v.field.role == roleURL && !v.frame.array && !v.frame.headers && sl.guard == guardQuiet {
		sl.ops = append(sl.ops, op{kind: opURL, more: &opMore{}})
	}
	return true
}

// mapping is what the configuration says of a part.
func (l *lesson) mapping(p part) mapping {
	for _, m := range l.record.fields {
		if targets[m.target].part == p {
			return m
		}
	}
	return mapping{}
}

// callOp is what to do with a value that is a part of the call.
func callOp(p part, v visit) (op, bool) {
	o := op{part: p, more: &opMore{}}
	switch {
	case p == partTime:
		o.kind = opTime
	case p == partStatus:
		o.kind = opStatus
	case countOf(&claude.Call{}, p) != nil:
		o.kind = opCount
	case p == partRetryAfter, p == partCause, p == partErrorType:
		return o, false
	case numberOf(&claude.Call{}, p) != nil:
		o.kind = opSeconds
		if millis(v.field) {
			o.kind = opMillis
		}
	case textOf(&claude.Call{}, p) != nil:
		o.kind = opText
	default:
		return o, false
	}
	return o, true
}

// millis reports a field that is in milliseconds.
func millis(f field) bool {
	switch f.role {
	case roleDurationMillis, roleFirstTokenMillis:
		return true
	case roleResponseTime:
		return bytes.HasSuffix(f.key, []byte("Time"))
	default:
		return false
	}
}

// headerOp is what to do with a header.
func (l *lesson) headerOp(t taking) (op, bool) {
	l.url = l.url || len(t.header) > len("retry-after-ms")
	name := claude.HeaderName(t.header)
	switch name {
	case "request-id":
		return op{kind: opID, more: &opMore{}}, true
	case "anthropic-organization-id":
		return op{kind: opOwner, more: &opMore{}}, true
	case "anthropic-workspace-id":
		return op{kind: opSpace, more: &opMore{}}, true
	case "date":
		return op{kind: opDate, more: &opMore{}}, true
	case "retry-after", "retry-after-ms":
		return op{}, false
	}
	var h claude.Headers
	if err := h.AddBytes([]byte(t.header), t.raw); err != nil {
		return op{}, false
	}
	if len(h.Readings) == 1 {
		at := -1
		for i, rd := range l.record.headers.Readings {
			if rd.Limiter == h.Readings[0].Limiter {
				at = i
			}
		}
		_, isNumber := digits(t.raw)
		_, isTime := claude.UsualTime(t.raw)
		switch field := name[bytes.LastIndexByte([]byte(name), '-')+1:]; {
		case at < 0:
			return op{}, false
		case field == "limit" && isNumber:
			return op{kind: opLimit, at: uint8(at)}, true
		case field == "remaining" && isNumber:
			return op{kind: opRemaining, at: uint8(at)}, true
		case field == "reset" && isNumber:
			return op{kind: opEpoch, at: uint8(at)}, true
		case field == "utilization":
			return op{kind: opUtilization, at: uint8(at)}, true
		case field == "status":
			return op{kind: opWindow, at: uint8(at), more: &opMore{}}, true
		case field == "reset" && isTime:
			return op{kind: opReset, at: uint8(at), more: &opMore{}}, true
		}
	}
	l.dynamic += h.Known
	return op{kind: opHeader, more: &opMore{name: []byte(t.header)}}, true
}
