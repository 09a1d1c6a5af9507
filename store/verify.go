package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// ErrDamaged says that SQLite found the database damaged.
var ErrDamaged = errors.New("the database is damaged")

// uncleanEnd reports that the last process on this database did not close it: SQLite takes the write-ahead log away on closing.
func uncleanEnd(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// Unclean reports that the process before did not close the database, so that it is worth a Verify.
func (db *DB) Unclean() bool { return db.unclean }

// Verify reads the whole database and returns an error that wraps ErrDamaged and says what SQLite found, or nil when all is well. It
// takes seconds per gigabyte and keeps nobody from reading or writing.
func (db *DB) Verify(ctx context.Context) error {
	found, err := read(ctx, db, func(scan scanFunc) (s string, err error) { return s, scan(&s) }, "PRAGMA integrity_check(5)")
	switch {
	case err != nil:
		return err
	case len(found) == 1 && found[0] == "ok":
		return nil
	default:
		return wrap("verify store", db.path, fmt.Errorf("%w: %s", ErrDamaged, strings.Join(found, "; ")))
	}
}
