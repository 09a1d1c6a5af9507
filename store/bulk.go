package store

/*
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup
#include <stdlib.h>
#include "bulk.h"
*/
import "C"

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/mattn/go-sqlite3"
)

// bulk runs statements over packed rows on the writer's connection, a call into C for many rows. The driver's own way calls into C for
// each row, which costs more than the row. Its statements live as long as the connection.
type bulk struct {
	conn   *sqlite3.SQLiteConn // that the statements are of
	handle C.int64_t
	stmts  map[string]bulkStmt
	result C.bulk_result
}

type bulkStmt struct {
	stmt   *C.sqlite3_stmt
	params C.int
}

// registerBulk makes connections that are opened from now on fit for bulk. Doing it again does nothing.
var registerBulk = sync.OnceValue(func() error {
	if rc := C.bulk_register(); rc != 0 {
		return fmt.Errorf("register with SQLite: %w", sqliteError(rc))
	}
	return nil
})

func sqliteError(rc C.int) sqlite3.Error {
	return sqlite3.Error{Code: sqlite3.ErrNo(rc & 0xff), ExtendedCode: sqlite3.ErrNoExtended(rc)}
}

// use makes the statements those of a connection. What an earlier one had must go before a transaction begins: a connection that
// was closed ends only with its last statement.
func (b *bulk) use(conn *sqlite3.SQLiteConn) error {
	if b.conn == conn {
		return nil
	}
	b.finalize()
	rows, err := conn.Query("SELECT claudewatch_handle()", nil)
	if err != nil {
		return err
	}
	dest := make([]driver.Value, 1)
	if err := errors.Join(rows.Next(dest), rows.Close()); err != nil {
		return err
	}
	handle, _ := dest[0].(int64)
	b.conn, b.handle, b.stmts = conn, C.int64_t(handle), map[string]bulkStmt{}
	return nil
}

// finalize ends all statements, of a connection that may be closed already.
func (b *bulk) finalize() {
	for _, s := range b.stmts {
		C.bulk_finalize(s.stmt)
	}
	b.conn, b.stmts = nil, nil
}

// close gives back everything that is C's.
func (b *bulk) close() {
	b.finalize()
	C.free(unsafe.Pointer(b.result.bytes))
	b.result = C.bulk_result{}
}

func (b *bulk) prepare(query string) (bulkStmt, error) {
	if s, ok := b.stmts[query]; ok {
		return s, nil
	}
	text := C.CString(query)
	defer C.free(unsafe.Pointer(text))
	var s bulkStmt
	if rc := C.bulk_prepare(b.handle, text, C.int(len(query)), &s.stmt, &s.params); rc != 0 {
		return s, fmt.Errorf("prepare %s: %w", query, sqliteError(rc))
	}
	b.stmts[query] = s
	return s, nil
}

// exec runs a statement that returns no rows once for each packed row, and returns how many bytes of the rows it has done: those before the
// one that the error is about.
func (b *bulk) exec(query string, rows []byte) (int, error) {
	s, err := b.prepare(query)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var done C.size_t
	rc := C.bulk_exec(s.stmt, s.params, (*C.uint8_t)(unsafe.Pointer(&rows[0])), C.size_t(len(rows)), &done)
	return int(done), b.err(s, rc) //nolint:gosec // at most len(rows)
}

// insert runs a statement that inserts what it selects from the table claudewatch_rows: all packed rows of so many columns, in one step.
// It returns what exec returns; the statement must be an INSERT OR FAIL, so that the rows before a wrong one stay.
func (b *bulk) insert(query string, columns int, rows []byte) (int, error) {
	s, err := b.prepare(query)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var done C.size_t
	rc := C.bulk_insert(b.handle, s.stmt, C.int(columns), (*C.uint8_t)(unsafe.Pointer(&rows[0])), C.size_t(len(rows)), &done)
	return int(done), b.err(s, rc) //nolint:gosec // at most len(rows)
}

// query runs a statement once for each packed row of arguments and returns all rows that it gives, packed. They are valid until
// the next query.
func (b *bulk) query(query string, args []byte) ([]byte, error) {
	s, err := b.prepare(query)
	if err != nil || len(args) == 0 {
		return nil, err
	}
	rc := C.bulk_query(s.stmt, s.params, (*C.uint8_t)(unsafe.Pointer(&args[0])), C.size_t(len(args)), &b.result)
	if rc != 0 || b.result.len == 0 {
		return nil, b.err(s, rc)
	}
	return unsafe.Slice((*byte)(b.result.bytes), int(b.result.len)), nil //nolint:gosec // what fits in memory fits in an int
}

func (b *bulk) err(s bulkStmt, rc C.int) error {
	switch rc {
	case 0:
		return nil
	case C.BULK_NO_TRANSACTION: // a cancellation has rolled back
		return sql.ErrTxDone
	default:
		return fmt.Errorf("%s: %w", C.GoString(C.bulk_message(s.stmt)), sqliteError(rc))
	}
}

// raw is conn.Raw, for a connection whose transaction may be rolled back meanwhile. database/sql can find a connection gone that it has just
// seen to be there, and then panics before it calls the function.
func raw(conn *sql.Conn, f func(any) error) (err error) {
	called := false
	defer func() {
		if called {
			return
		}
		if p := recover(); p != nil {
			if err = conn.Raw(f); !errors.Is(err, sql.ErrConnDone) {
				panic(p)
			}
		}
	}()
	return conn.Raw(func(c any) error {
		called = true
		return f(c)
	})
}

// exec runs a statement over packed rows on the connection that holds the transaction; bulk.exec says what it returns.
func (c *commit) exec(query string, rows []byte) (done int, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	err = raw(c.conn, func(any) error {
		var err error
		done, err = c.db.bulk.exec(query, rows)
		return err
	})
	return done, err
}

// insertRows inserts packed rows on the connection that holds the transaction; bulk.insert says how.
func (c *commit) insertRows(query string, columns int, rows []byte) (done int, err error) {
	err = raw(c.conn, func(any) error {
		var err error
		done, err = c.db.bulk.insert(query, columns, rows)
		return err
	})
	return done, err
}

// execAll is exec where no row is expected to fail.
func (c *commit) execAll(query string, rows []byte) error {
	_, err := c.exec(query, rows)
	return err
}

// query asks on the connection that holds the transaction; bulk.query says what it returns.
func (c *commit) query(query string, args []byte) (r packed, err error) {
	if len(args) == 0 {
		return r, nil
	}
	err = raw(c.conn, func(any) error {
		var err error
		r.rest, err = c.db.bulk.query(query, args)
		return err
	})
	return r, err
}

// isTaken reports that an insert met a row with its primary key.
func isTaken(err error) bool {
	if err == nil { // spares the variable below
		return false
	}
	var e sqlite3.Error
	return errors.As(err, &e) && (e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey || e.ExtendedCode == sqlite3.ErrConstraintRowID)
}
