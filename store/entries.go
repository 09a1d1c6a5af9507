package store

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sort"
)

const (
	insertCalls = "INSERT OR FAIL INTO calls (id, " + callColumns + ") SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16" +
		" FROM claudewatch_rows"
	deleteCall = "DELETE FROM calls WHERE id = ?"
	countCalls = "UPDATE meta SET value = value + ? WHERE name = 'calls'"
	// packedCall is what room a packed call usually takes.
	packedCall = 256
)

// saveEntries writes the calls that are new or changed, in the order of time, and then their keys.
func (c *commit) saveEntries(context.Context) error {
	byTime := func(a, b *entry) int { return a.call.Time.Compare(b.call.Time) }
	if !slices.IsSortedFunc(c.entries, byTime) {
		slices.SortStableFunc(c.entries, byTime)
	}
	w := callWriter{commit: c}
	if err := w.prepare(); err != nil {
		return err
	}
	if len(w.fresh)+len(w.gone) == 0 {
		return nil
	}
	var gone []byte
	for _, e := range w.gone {
		gone = packInt(gone, e.row)
	}
	if err := c.execAll(deleteCall, gone); err != nil {
		return err
	}
	if err := w.insert(); err != nil {
		return err
	}
	if err := w.saveKeys(); err != nil {
		return err
	}
	return c.execAll(countCalls, packInt(nil, int64(len(w.fresh)-len(w.gone))))
}

// freshRow is a call whose row is to be written.
type freshRow struct {
	*entry
	id    int64
	at    int // where its row begins in the packed ones
	tries int64
}

// callWriter writes rows of calls and gathers their keys.
type callWriter struct {
	*commit
	gone  []*entry // whose row is to be taken out
	fresh []freshRow
	rows  []byte // of the fresh ones, packed
}

// prepare finds out what there is to write. It makes the rows, because that may need names from the database.
func (w *callWriter) prepare() error {
	w.fresh = take(&w.scratch.written, len(w.entries))
	w.rows = take(&w.scratch.rows, len(w.entries)*packedCall)
	defer func() { w.scratch.rows = w.rows[:0] }() // they may have moved
	for _, e := range w.entries {
		if e.into == nil {
			if err := w.pack(e); err != nil {
				return err
			}
			if e.same {
				continue
			}
		}
		if e.was != nil {
			w.gone = append(w.gone, e)
		}
	}
	return nil
}

// pack packs the entry's row, unless it is the stored one.
func (w *callWriter) pack(e *entry) error {
	if e.same = e.found(); e.same {
		return nil
	}
	f := freshRow{entry: e, at: len(w.rows)}
	f.id = w.rowID(&f, int64(len(w.fresh)))
	rows := packInt(w.rows, f.id)
	from := len(rows)
	rows, g, err := w.rowsOf.pack(rows, e.call, w.extraKeys(e))
	if err != nil {
		return err
	}
	e.now = g
	if was := e.was; was != nil && e.call.Time.Equal(was.call.Time) && slotOf(e.call) == slotOf(&was.call) && bytes.Equal(rows[from:], was.packed) {
		e.same = true
		return nil
	}
	w.rows, w.fresh = rows, append(w.fresh, f)
	return nil
}

// extraKeys returns the keys that the call's present ids don't give. The ids' own keys are always among the entry's.
func (c *commit) extraKeys(e *entry) []key {
	own := 0
	for _, id := range [...]string{e.call.RequestID, e.call.MessageID} {
		if id != "" {
			own++
		}
	}
	if len(e.keys) == own {
		return nil
	}
	ours := c.db.keys.keysOf(nil, e.call, "")
	return slices.DeleteFunc(slices.Clone(e.keys), func(k key) bool { return slices.Contains(ours, k) })
}

// rowID returns the entry's id: the one it had where its time is the same, else one whose low bits are those of its first key,
// which comes out the same whatever was stored first, or of i. A millisecond that is nearly full hands over to the next.
func (w *callWriter) rowID(f *freshRow, i int64) int64 {
	const tries = 64
	ms := f.call.Time.UnixMilli()
	if f.tries == 0 && f.row>>16 == ms {
		return f.row
	}
	if len(f.keys) > 0 {
		i = f.keys[0].hash
	}
	return (ms+f.tries/tries)<<16 | (i+f.tries*40503)&0xffff
}

// insert writes the rows. One whose id is taken gets another.
func (w *callWriter) insert() error {
	for done := 0; done < len(w.rows); {
		n, err := w.insertRows(insertCalls, 1+callCells, w.rows[done:])
		done += n
		if err == nil {
			break
		}
		if !isTaken(err) {
			return err
		}
		i := sort.Search(len(w.fresh), func(i int) bool { return w.fresh[i].at >= done })
		f := &w.fresh[i]
		f.tries++
		f.id = w.rowID(f, int64(i))
		packInt(w.rows[done:done], f.id) // in its place
	}
	return nil
}

// saveKeys puts in and takes out what has changed of the keys, by partition.
func (w *callWriter) saveKeys() error {
	changed := map[int64][]keyEntry{}
	var last []keyEntry // of the partition that most calls are in
	at := int64(undatedSlot - 1)
	add := func(slot, id int64, keys []key, taken uint64) {
		if slot != at {
			if at >= undatedSlot {
				changed[at] = last
			}
			at, last = slot, changed[slot]
			if last == nil {
				last = take(&w.scratch.changed, 2*len(w.fresh))
				w.scratch.changed = nil // one partition's at a time
			}
		}
		for _, k := range keys {
			e := given(k.hash, id, slot)
			e.call |= taken
			last = append(last, e)
		}
	}
	for _, e := range w.gone {
		add(slotOf(&e.was.call), e.row, e.was.keys, 1)
	}
	for i := range w.fresh {
		f := &w.fresh[i]
		add(slotOf(f.call), f.id, f.keys, 0)
	}
	changed[at] = last
	defer func() { w.scratch.changed = last }()
	for _, slot := range slices.Sorted(maps.Keys(changed)) { // runs come out the same each time
		entries := settle(w.scratch.sorter.sort(changed[slot]))
		if len(entries) == 0 {
			continue
		}
		w.db.slots.add(slot, entries)
		if err := w.addRun(slot, entries); err != nil {
			return err
		}
	}
	return nil
}
