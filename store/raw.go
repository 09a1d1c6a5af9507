package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/mattn/go-sqlite3"
)

// rawRows is how many statements run before a cancellation can roll the transaction back.
const rawRows = 256

// rawStmt is a statement of the driver's own. The driver's Exec, and with it database/sql's, calls into C once for each
// argument; its Query binds all of them and takes the first step in one call, and of an insert the first step is all.
type rawStmt struct {
	stmt *sqlite3.SQLiteStmt
	args []driver.NamedValue
}

func newRawStmt(conn *sqlite3.SQLiteConn, query string) (*rawStmt, error) {
	stmt, err := conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	s := &rawStmt{stmt: stmt.(*sqlite3.SQLiteStmt)}
	s.args = make([]driver.NamedValue, s.stmt.NumInput())
	for i := range s.args {
		s.args[i].Ordinal = i + 1
	}
	return s, nil
}

// set gives the arguments their values from the one at an index on.
func (s *rawStmt) set(from int, values ...any) {
	for i, v := range values {
		s.args[from+i].Value = v
	}
}

// exec runs the statement, which must return no rows, with the arguments as they are set. The rows are not closed: that would
// reset a statement that is done, which the next exec does on its way.
func (s *rawStmt) exec(ctx context.Context) error {
	rows, err := s.stmt.QueryContext(ctx, s.args)
	if err != nil {
		return err
	}
	if err := rows.Next(nil); err != io.EOF { //nolint:errorlint // a driver returns it bare
		return errors.Join(err, rows.Close())
	}
	return nil
}

// raw calls run for each i below n with a statement, on the connection that holds the transaction.
func (c *commit) raw(query string, n int, run func(s *rawStmt, i int) error) error {
	for start := 0; start < n; start += rawRows {
		err := c.conn.Raw(func(conn any) error {
			return some(conn.(*sqlite3.SQLiteConn), query, func(s *rawStmt) error {
				for i := start; i < min(start+rawRows, n); i++ {
					if err := run(s, i); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// some lets a function have a statement. It ends with it, because a cancellation that comes next closes the connection.
func some(conn *sqlite3.SQLiteConn, query string, run func(*rawStmt) error) error {
	if conn.AutoCommit() { // a cancellation has rolled back; what ran now would be committed by itself
		return sql.ErrTxDone
	}
	s, err := newRawStmt(conn, query)
	if err != nil {
		return err
	}
	return errors.Join(run(s), s.stmt.Close())
}

// isTaken reports that an insert met a row with its primary key.
func isTaken(err error) bool {
	if err == nil { // spares the variable below
		return false
	}
	var e sqlite3.Error
	return errors.As(err, &e) && (e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey || e.ExtendedCode == sqlite3.ErrConstraintRowID)
}
