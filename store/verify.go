package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-sqlite3"
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

// Verify reads the whole database and returns an error that wraps ErrDamaged and says what was found, or nil when all is well. It takes
// seconds per gigabyte and keeps nobody from reading or writing.
func (db *DB) Verify(ctx context.Context) error {
	found, err := read(ctx, db, func(scan scanFunc) (s string, err error) { return s, scan(&s) }, "PRAGMA integrity_check(5)")
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return wrap("verify store", db.path, fmt.Errorf("%w: %s", ErrDamaged, strings.Join(found, "; ")))
	}
	return db.verifyBlocks(ctx)
}

// verifyBlocks reads the blocks of sums by day, of which SQLite does not know what they are.
func (db *DB) verifyBlocks(ctx context.Context) error {
	var want, have int64
	err := db.reader.QueryRowContext(ctx, `SELECT ifnull(sum(parts), 0), (SELECT count(*) FROM day_blocks b CROSS JOIN claudewatch_sums(b.sums))
		FROM day_blocks`).Scan(&want, &have)
	var e sqlite3.Error
	switch {
	case errors.As(err, &e) && e.Code == sqlite3.ErrCorrupt:
		err = fmt.Errorf("%w: a block of sums by day is broken", ErrDamaged)
	case err == nil && have != want:
		err = fmt.Errorf("%w: %d sums by day wait, %d should", ErrDamaged, have, want)
	}
	return wrap("verify store", db.path, err)
}
