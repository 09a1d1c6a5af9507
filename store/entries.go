package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// insertCall and the other statements are compiled once per transaction.
const (
	insertCall = "INSERT INTO calls (id, " + callColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	deleteCall = "DELETE FROM calls WHERE id = ?"
	insertKey  = "INSERT INTO call_keys (slot, key, call) VALUES (?, ?, ?)"
	deleteKey  = "DELETE FROM call_keys WHERE slot = ? AND key = ? AND call = ?"
	keyRows    = 16 // how many keys one statement inserts
)

// slottedKey is one row of call_keys.
type slottedKey struct{ slot, hash, call int64 }

func compareKeys(a, b slottedKey) int {
	return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.hash, b.hash), cmp.Compare(a.call, b.call))
}

// saveEntries writes the calls that are new or changed, in the order of time, and then their keys in theirs, so that
// neighbours are written together.
func (c *commit) saveEntries(ctx context.Context) error {
	slices.SortStableFunc(c.entries, func(a, b *entry) int { return a.call.Time.Compare(b.call.Time) })
	w := callWriter{commit: c}
	if err := w.prepare(); err != nil {
		return err
	}
	err := c.raw(deleteCall, len(w.gone), func(s *rawStmt, i int) error {
		s.set(0, w.gone[i].row)
		return s.exec(ctx)
	})
	if err != nil {
		return err
	}
	err = c.raw(insertCall, len(w.fresh), func(s *rawStmt, i int) error { return w.insert(ctx, s, w.fresh[i], int64(i)) })
	if err != nil {
		return err
	}
	if err := w.saveKeys(ctx); err != nil {
		return err
	}
	_, err = c.tx.ExecContext(ctx, "UPDATE meta SET value = value + ? WHERE name = 'calls'", len(w.fresh)-len(w.gone))
	return err
}

// callWriter writes rows of calls and gathers their keys.
type callWriter struct {
	*commit
	gone, fresh    []*entry // whose row is to be taken out, and to be written
	removed, added []slottedKey
}

// prepare finds out what there is to write. It makes the rows, because that may need names from the database, which nobody
// can ask for while rows are written.
func (w *callWriter) prepare() error {
	w.fresh = make([]*entry, 0, len(w.entries))
	for _, e := range w.entries {
		if e.into == nil {
			var err error
			if e.now, err = makeRow(e.call, w.extraKeys(e), w); err != nil {
				return err
			}
			if was := e.was; was != nil && e.now == was.row && e.call.Time.Equal(was.call.Time) && slotOf(e.call) == slotOf(&was.call) {
				continue // nothing new
			}
			w.fresh = append(w.fresh, e)
		}
		if e.was == nil {
			continue
		}
		w.gone = append(w.gone, e)
		for _, k := range e.was.keys {
			w.removed = append(w.removed, slottedKey{slotOf(&e.was.call), k.hash, e.row})
		}
	}
	return nil
}

// extraKeys returns the keys that the call's present ids don't give. The ids' own keys are always among the entry's.
func (c *commit) extraKeys(e *entry) []key {
	own := 0
	for _, id := range []string{e.call.RequestID, e.call.MessageID} {
		if id != "" {
			own++
		}
	}
	if len(e.keys) == own {
		return nil
	}
	ours := keysOf(c.db.salt, e.call, "")
	return slices.DeleteFunc(slices.Clone(e.keys), func(k key) bool { return slices.Contains(ours, k) })
}

// insert gives the entry a row: the one it had where its time is the same, else one whose low bits are those of its first key,
// which comes out the same whatever was stored first, or of i. A millisecond that is nearly full hands over to the next.
func (w *callWriter) insert(ctx context.Context, s *rawStmt, e *entry, i int64) error {
	const tries = 64
	if len(e.keys) > 0 {
		i = e.keys[0].hash
	}
	ms := e.call.Time.UnixMilli()
	e.now.bind(s)
	for try := int64(0); ; try++ {
		id := (ms+try/tries)<<16 | (i+try*40503)&0xffff
		if try == 0 && e.row>>16 == ms {
			id = e.row
		}
		s.args[0].Value = id
		if err := s.exec(ctx); isTaken(err) {
			continue
		} else if err != nil {
			return err
		}
		for _, k := range e.keys {
			w.added = append(w.added, slottedKey{slotOf(e.call), k.hash, id})
		}
		return nil
	}
}

// saveKeys takes out and puts in what has changed of the keys, in the order of the table.
func (w *callWriter) saveKeys(ctx context.Context) error {
	w.db.slots.add(w.added)
	slices.SortFunc(w.removed, compareKeys)
	slices.SortFunc(w.added, compareKeys)
	w.removed, w.added = difference(w.removed, w.added), difference(w.added, w.removed)
	if err := w.execKeys(ctx, deleteKey, 1, w.removed); err != nil {
		return err
	}
	whole := len(w.added) / keyRows * keyRows
	if err := w.execKeys(ctx, insertKeys(keyRows), keyRows, w.added[:whole]); err != nil {
		return err
	}
	return w.execKeys(ctx, insertKeys(1), 1, w.added[whole:])
}

// insertKeys returns the statement that inserts that many keys.
func insertKeys(n int) string {
	return insertKey + strings.Repeat(", (?, ?, ?)", n-1) + " ON CONFLICT DO NOTHING"
}

// execKeys runs a statement that takes size keys until it had all of them.
func (w *callWriter) execKeys(ctx context.Context, query string, size int, keys []slottedKey) error {
	return w.raw(query, len(keys)/size, func(s *rawStmt, i int) error {
		for j, k := range keys[i*size : (i+1)*size] {
			s.args[3*j].Value, s.args[3*j+1].Value, s.args[3*j+2].Value = k.slot, k.hash, k.call-firstRow(k.slot)
		}
		return s.exec(ctx)
	})
}

// difference returns what is in a and not in b, both sorted.
func difference(a, b []slottedKey) []slottedKey {
	if len(b) == 0 {
		return a
	}
	var only []slottedKey
	for _, k := range a {
		if _, both := slices.BinarySearchFunc(b, k, compareKeys); !both {
			only = append(only, k)
		}
	}
	return only
}
