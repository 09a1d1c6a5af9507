package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/mattn/go-sqlite3"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// waitForRollback returns when the transaction on the writer's connection is over.
func waitForRollback(t *testing.T, db *DB) {
	t.Helper()
	for over := false; !over; {
		err := raw(db.writing, func(conn any) error {
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
		if _, err := c.link(wctx, []collector.Batch{batchOf(full())}); err != nil {
			return err
		}
		w := callWriter{commit: c}
		if err := w.prepare(); err != nil {
			return err
		}
		cancel()
		waitForRollback(t, db)
		late = w.insert()
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

// saveAndCancel writes a batch, all of it, and then ends the transaction's context.
func saveAndCancel(ctx context.Context, db *DB, tx *sql.Tx, b collector.Batch, cancel func()) error {
	c := db.newCommit(ctx, tx)
	batches := []collector.Batch{b}
	changes, err := c.link(ctx, batches)
	if err != nil {
		return err
	}
	if err := c.save(ctx, batches, changes); err != nil {
		return err
	}
	cancel()
	return nil
}

// A connection that database/sql had to replace: the next has the same settings, and statements of its own.
func TestReplacedConnectionIsTheSame(t *testing.T) {
	db := open(t)
	for i := range 3 {
		commitCalls(t, db, claude.Call{Time: noon, RequestID: fmt.Sprint("req_", i)})
		before := db.bulk.conn
		conn, err := db.writer.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
			t.Fatal(err)
		}
		if ch := commitCalls(t, db, claude.Call{Time: noon, RequestID: fmt.Sprint("req_next", i)})[0]; !ch.New {
			t.Error("the call after a cancelled commit is known")
		}
		if db.bulk.conn == before {
			t.Error("the connection was kept; want another")
		}
		var pages string
		if err := db.writer.QueryRowContext(t.Context(), "PRAGMA wal_autocheckpoint").Scan(&pages); err != nil || pages != "4000" {
			t.Errorf("wal_autocheckpoint = %s, %v on another connection; want 4000", pages, err)
		}
	}
	checkRollups(t, db)
}

func TestBulkSaysWhichRowIsWrong(t *testing.T) {
	db := open(t)
	err := db.write(t.Context(), "test", func(ctx context.Context, tx *sql.Tx) error {
		c := db.newCommit(ctx, tx)
		row := func(b []byte, id int64) []byte { return packText(packInt(b, id), fmt.Sprint("name", id)) }
		first := row(nil, 1)
		rows := row(row(slices.Clone(first), 1), 2)
		done, err := c.exec("INSERT INTO names (id, text) VALUES (?, ?)", rows)
		if done != len(first) || !isTaken(err) {
			t.Errorf("exec with a taken id = %d, %v; want %d and that", done, err, len(first))
		}
		for cut := 1; cut < len(first); cut++ {
			if done, err := c.exec("INSERT INTO names (id, text) VALUES (?, ?)", first[:cut]); done != 0 || err == nil {
				t.Errorf("exec of %d bytes of a row = %d, %v; want an error", cut, done, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A cancellation that comes while rows are written waits for them and then rolls all of them back.
func TestCancelWhileRowsAreWritten(t *testing.T) {
	db := open(t)
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.write(ctx, "test", func(wctx context.Context, tx *sql.Tx) error {
			var rows []byte
			for i := range int64(20_000) {
				rows = packText(packInt(rows, i+1), fmt.Sprint("name", i))
			}
			c := db.newCommit(wctx, tx)
			go cancel()
			if done, err := c.exec("INSERT INTO names (id, text) VALUES (?, ?)", rows); err == nil && done != len(rows) {
				t.Errorf("exec = %d without an error; want all %d bytes", done, len(rows))
			}
			<-ctx.Done()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled write = %v; want %v", err, context.Canceled)
		}
	}
	var names int
	if err := db.writer.QueryRowContext(t.Context(), "SELECT count(*) FROM names").Scan(&names); err != nil || names != 0 {
		t.Errorf("%d names, %v after cancelled writes; want none", names, err)
	}
}

// Rows that are inserted in one step: those before one with a taken id stay, as do those before bytes that are no row.
func TestInsertSaysWhichRowIsWrong(t *testing.T) {
	const query = "INSERT OR FAIL INTO names (id, text) SELECT c0, c1 FROM claudewatch_rows"
	db := open(t)
	err := db.write(t.Context(), "test", func(ctx context.Context, tx *sql.Tx) error {
		c := db.newCommit(ctx, tx)
		row := func(b []byte, id int64) []byte { return packText(packInt(b, id), fmt.Sprint("name", id)) }
		first := row(nil, 1)
		rows := row(row(slices.Clone(first), 1), 2)
		done, err := c.insertRows(query, 2, rows)
		if done != len(first) || !isTaken(err) {
			t.Errorf("insertRows with a taken id = %d, %v; want %d and that", done, err, len(first))
		}
		for cut := 1; cut < len(first); cut++ {
			if done, err := c.insertRows(query, 2, row(nil, int64(10+cut))[:cut]); done != 0 || err == nil {
				t.Errorf("insertRows of %d bytes of a row = %d, %v; want an error", cut, done, err)
			}
			cutOff := append(row(nil, int64(100+cut)), first[:cut]...)
			if done, err := c.insertRows(query, 2, cutOff); done != len(cutOff)-cut || err == nil {
				t.Errorf("insertRows of a row and %d bytes = %d, %v; want %d and an error", cut, done, err, len(cutOff)-cut)
			}
		}
		if done, err := c.insertRows(query, 1, packInt(nil, 5)); done != 0 || err == nil {
			t.Errorf("insertRows with too few columns = %d, %v; want an error", done, err)
		}
		n := 0
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM names").Scan(&n); err != nil || n != len(first) {
			t.Errorf("%d names, %v; want 1 and those before each cut row", n, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every kind of value arrives as it was packed.
func TestInsertedValuesAreAsPacked(t *testing.T) {
	db := open(t)
	err := db.write(t.Context(), "test", func(ctx context.Context, tx *sql.Tx) error {
		c := db.newCommit(ctx, tx)
		if _, err := tx.ExecContext(ctx, "CREATE TABLE kinds (a, b, c, d, e, f)"); err != nil {
			return err
		}
		want := packNull(packBlob(packBlob(packText(packFloat(packInt(nil, -5), 0.25), "\u00fc"), []byte{0, 1}), []byte{}))
		want = append(slices.Clone(want), want...)
		if done, err := c.insertRows("INSERT OR FAIL INTO kinds SELECT c0, c1, c2, c3, c4, c5 FROM claudewatch_rows", 6, want); done != len(want) || err != nil {
			t.Errorf("insertRows = %d, %v; want all %d bytes done", done, err, len(want))
		}
		got, err := c.query("SELECT * FROM kinds WHERE ? = 1", packInt(nil, 1))
		if string(got.rest) != string(want) {
			t.Errorf("stored values = %x; want %x", got.rest, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Outside of a transaction nothing is written: it would be committed by itself.
func TestBulkWantsATransaction(t *testing.T) {
	db := open(t)
	conn, err := db.writer.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // given back to its pool
	row := packText(packInt(nil, 1), "name")
	err = conn.Raw(func(c any) error {
		var b bulk
		defer b.close()
		if err := b.use(c.(*sqlite3.SQLiteConn)); err != nil {
			return err
		}
		if done, err := b.exec("INSERT INTO names (id, text) VALUES (?, ?)", row); done != 0 || !errors.Is(err, sql.ErrTxDone) {
			t.Errorf("exec = %d, %v; want %v", done, err, sql.ErrTxDone)
		}
		if done, err := b.insert("INSERT OR FAIL INTO names (id, text) SELECT c0, c1 FROM claudewatch_rows", 2, row); done != 0 || !errors.Is(err, sql.ErrTxDone) {
			t.Errorf("insert = %d, %v; want %v", done, err, sql.ErrTxDone)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
