package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// insertCall and the other statements are prepared once per transaction; the driver keeps them compiled between transactions.
const (
	insertCall = "INSERT INTO calls (id, " + callColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
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
	w, err := newCallWriter(ctx, c.tx)
	if err != nil {
		return err
	}
	defer w.close()
	for i, e := range c.entries {
		if err := c.saveEntry(ctx, w, e, int64(i)); err != nil {
			return err
		}
	}
	c.db.addSlots(w.added)
	if err := w.saveKeys(ctx); err != nil {
		return err
	}
	_, err = c.tx.ExecContext(ctx, "UPDATE meta SET value = value + ? WHERE name = 'calls'", w.calls)
	return err
}

func (c *commit) saveEntry(ctx context.Context, w *callWriter, e *entry, i int64) error {
	if e.into != nil {
		return w.remove(ctx, e)
	}
	r, err := makeRow(&e.call, c.extraKeys(e), c)
	if err != nil {
		return err
	}
	if e.row != 0 && r == e.old && e.call.Time.Equal(e.stored.Time) && slotOf(&e.call) == slotOf(&e.stored) {
		return nil // nothing new
	}
	if err := w.remove(ctx, e); err != nil {
		return err
	}
	if len(e.keys) > 0 {
		i = e.keys[0].hash // comes out the same whatever was stored first
	}
	return w.insert(ctx, e, &r, i)
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
	ours := keysOf(c.db.salt, &e.call, "")
	return slices.DeleteFunc(slices.Clone(e.keys), func(k key) bool { return slices.Contains(ours, k) })
}

// callWriter writes rows of calls and gathers their keys.
type callWriter struct {
	insertStmt, deleteStmt *sql.Stmt
	tx                     *sql.Tx
	calls                  int64 // how many more there are
	removed, added         []slottedKey
}

func newCallWriter(ctx context.Context, tx *sql.Tx) (*callWriter, error) {
	w := &callWriter{tx: tx}
	var err error
	if w.insertStmt, err = tx.PrepareContext(ctx, insertCall); err != nil {
		return nil, err
	}
	w.deleteStmt, err = tx.PrepareContext(ctx, deleteCall)
	return w, err
}

// close hands the statements back; the end of the transaction would do that too.
func (w *callWriter) close() {
	_ = w.insertStmt.Close()
	_ = w.deleteStmt.Close()
}

// remove takes the entry's row and keys out, if it has any.
func (w *callWriter) remove(ctx context.Context, e *entry) error {
	if e.row == 0 {
		return nil
	}
	for _, k := range e.kept {
		w.removed = append(w.removed, slottedKey{slotOf(&e.stored), k.hash, e.row})
	}
	w.calls--
	_, err := w.deleteStmt.ExecContext(ctx, e.row)
	return err
}

// insert gives the entry a row: the one it had where its time is the same, else one whose low bits are those of seq where
// that is free. A millisecond that is nearly full hands over to the next.
func (w *callWriter) insert(ctx context.Context, e *entry, r *row, seq int64) error {
	const tries = 64
	ms := e.call.Time.UnixMilli()
	for i := int64(0); ; i++ {
		id := (ms+i/tries)<<16 | (seq+i*40503)&0xffff
		if i == 0 && e.row>>16 == ms {
			id = e.row
		}
		res, err := w.insertStmt.ExecContext(ctx, r.args(id)...)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		for _, k := range e.keys {
			w.added = append(w.added, slottedKey{slotOf(&e.call), k.hash, id})
		}
		w.calls++
		return nil
	}
}

func (w *callWriter) saveKeys(ctx context.Context) error {
	slices.SortFunc(w.removed, compareKeys)
	slices.SortFunc(w.added, compareKeys)
	w.removed, w.added = difference(w.removed, w.added), difference(w.added, w.removed)
	if err := w.execKeys(ctx, deleteKey, 1, w.removed); err != nil {
		return err
	}
	size := 1
	if len(w.added) >= keyRows {
		size = keyRows
	}
	query := insertKey + strings.Repeat(", (?, ?, ?)", size-1) + " ON CONFLICT DO NOTHING"
	return w.execKeys(ctx, query, size, w.added)
}

// execKeys runs a statement for each key, several at once where the statement is one that takes them.
func (w *callWriter) execKeys(ctx context.Context, query string, size int, keys []slottedKey) error {
	if len(keys) == 0 {
		return nil
	}
	stmt, err := w.tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer stmt.Close() //nolint:errcheck // the end of the transaction closes it anyway
	args := make([]any, 0, 3*size)
	for start := 0; start < len(keys); start += size {
		args = args[:0]
		for i := range size {
			k := keys[min(start+i, len(keys)-1)] // the last one again has no effect
			args = append(args, k.slot, k.hash, k.call-firstRow(k.slot))
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// difference returns what is in a and not in b, both sorted.
func difference(a, b []slottedKey) []slottedKey {
	var only []slottedKey
	for _, k := range a {
		if _, both := slices.BinarySearchFunc(b, k, compareKeys); !both {
			only = append(only, k)
		}
	}
	return only
}
