package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/mattn/go-sqlite3"

	"github.com/claudewatch/claudewatch/claude"
)

// waitForRollback returns when the transaction on the writer's connection is over.
func waitForRollback(t *testing.T, db *DB) {
	t.Helper()
	for over := false; !over; {
		err := db.writing.Raw(func(conn any) error {
			over = conn.(*sqlite3.SQLiteConn).AutoCommit()
			return nil
		})
		if errors.Is(err, sql.ErrConnDone) { // rolled back and given up
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A cancellation rolls back while the commit still runs. What it then writes must not be committed by itself.
func TestNothingIsWrittenAfterACancellation(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var late error
	err := db.write(ctx, "test", func(wctx context.Context, tx *sql.Tx) error {
		c := db.newCommit(wctx, tx)
		if _, err := c.link(wctx, batchOf(full())); err != nil {
			return err
		}
		w := callWriter{commit: c}
		if err := w.prepare(); err != nil {
			return err
		}
		cancel()
		waitForRollback(t, db)
		late = c.raw(insertCall, len(w.fresh), func(s *rawStmt, i int) error { return w.insert(wctx, s, w.fresh[i], 0) })
		return late
	})
	if !errors.Is(late, sql.ErrTxDone) && !errors.Is(late, sql.ErrConnDone) {
		t.Errorf("insert after the rollback = %v; want %v or %v", late, sql.ErrTxDone, sql.ErrConnDone)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled commit = %v; want %v", err, context.Canceled)
	}
	if got := allCalls(t, db); len(got) != 0 {
		t.Errorf("stored calls = %+v; want none", got)
	}
	if ch := commitCalls(t, db, full())[0]; !ch.New {
		t.Error("the call of the cancelled commit is known")
	}
}

func TestTakenRowIsNotAnotherConstraint(t *testing.T) {
	db := open(t)
	commitCalls(t, db, claude.Call{Time: noon})
	insert := func(id, scope any) error {
		_, err := db.writer.ExecContext(t.Context(), "INSERT INTO calls (id, scope) VALUES (?, ?)", id, scope)
		return err
	}
	if err := insert(noon.UnixMilli()<<16, 1); !isTaken(err) {
		t.Errorf("isTaken(%v) = false; want true", err)
	}
	if err := insert(1, nil); err == nil || isTaken(err) {
		t.Errorf("isTaken(%v) = true; want an error that is none of a taken row", err)
	}
}
