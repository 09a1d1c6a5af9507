package store

import (
	"context"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// sampleCalls begins to look at another place in each span, so that calls that come in a rhythm are not always the same ones.
const sampleCalls = `WITH RECURSIVE slot(slot_begin, slot_skip) AS (SELECT ?1, 0
		UNION ALL SELECT slot_begin + ?2, (slot_skip + 618034) % 1000000 FROM slot WHERE slot_begin + ?2 < ?3)
	SELECT id, ` + callColumns + ` FROM slot CROSS JOIN calls
	WHERE id = (SELECT min(c.id) FROM calls c WHERE c.id >= slot_begin + slot_skip * ?2 / 1000000 AND c.id < slot_begin + ?2)`

// Sample returns at most n of the calls between two times: one of each of n equal spans, where it has any. However many calls
// there are, it costs as much as it returns.
func (db *DB) Sample(ctx context.Context, from, to time.Time, n int64) ([]claude.Call, error) {
	begin, end := from.UnixMilli()<<16, to.UnixMilli()<<16
	step := (end - begin + n - 1) / n
	if step <= 0 {
		return nil, nil
	}
	rows, err := read(ctx, db, func(scan scanFunc) (d rowDest, err error) {
		err = d.scan(scan)
		return d, err
	}, sampleCalls, begin, step, end)
	if err != nil {
		return nil, err
	}
	calls := make([]claude.Call, len(rows))
	for i := range rows {
		r := rows[i].row()
		if calls[i], _, err = r.call(ctx, rows[i].id, dictionary{db, db.reader}); err != nil {
			return nil, wrap("read call from store", db.path, err)
		}
	}
	return calls, nil
}
