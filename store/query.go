package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/mattn/go-sqlite3"
)

// scanFunc reads the current row, as sql.Rows.Scan does.
type scanFunc func(dest ...any) error

// each runs a query and calls row for each of its rows.
func each(ctx context.Context, q querier, row func(scanFunc) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err below tells what went wrong
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// read runs a query on the reader pool and collects its rows.
func read[T any](ctx context.Context, db *DB, row func(scanFunc) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := each(ctx, db.reader, func(scan scanFunc) error {
		v, err := row(scan)
		all = append(all, v)
		return err
	}, query, args...)
	if err != nil {
		return nil, wrap("read store", db.path, err)
	}
	return all, nil
}

// write runs a function in a transaction of the one writer. The context is watched by the transaction, which rolls back when it
// ends; single statements get one without an end, because watching each of them costs more than the statement.
func (db *DB) write(ctx context.Context, op string, f func(ctx context.Context, tx *sql.Tx) error) error {
	return db.writeThen(ctx, op, f, func() {})
}

// writeThen is write, and calls a function when the transaction has committed, before others may write.
func (db *DB) writeThen(ctx context.Context, op string, f func(ctx context.Context, tx *sql.Tx) error, committed func()) error {
	if db.writer == nil {
		return wrap(op, db.path, ErrReadOnly)
	}
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return wrap(op, db.path, err)
	}
	db.writing = conn
	var tx *sql.Tx
	defer func() { // only now may others write: after a cancellation the function can still be running
		if tx != nil {
			_ = tx.Rollback() // ends what a panic left open; else the connection could not be given back
		}
		db.writing = nil
		_ = conn.Close()
	}()
	if err := conn.Raw(func(c any) error { return db.bulk.use(c.(*sqlite3.SQLiteConn)) }); err != nil {
		return wrap(op, db.path, err)
	}
	if tx, err = conn.BeginTx(ctx, nil); err != nil {
		return wrap(op, db.path, err)
	}
	err = f(context.WithoutCancel(ctx), tx)
	if err == nil {
		err = tx.Commit()
	}
	if err == nil {
		committed()
		return nil
	}
	_ = tx.Rollback() // after some errors SQLite has done it already, which makes this an error too
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return wrap(op, db.path, err)
}

// micros turns a time into what the tables hold: Unix microseconds, NULL for the zero time.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func fromMicros(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}
