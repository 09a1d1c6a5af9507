package store

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/mattn/go-sqlite3"
)

// Errors that callers tell apart. They are wrapped with the operation and the path.
var (
	// ErrOlder says that an older program wrote the database, and that it was opened for reading only.
	ErrOlder = errors.New("the database is older than this program")
	// ErrNewer says that a newer program wrote the database.
	ErrNewer = errors.New("the database is newer than this program")
	// ErrLocked says that another process has the database, usually another agent.
	ErrLocked = errors.New("the database is in use by another process")
	// ErrForeign says that the file is no database, or another program's.
	ErrForeign = errors.New("not a claudewatch database")
	// ErrFull says that the disk, or what the file may take of it, is full.
	ErrFull = errors.New("no space left for the database")
	// ErrReadOnly says that the database can't be written.
	ErrReadOnly = errors.New("the database is read-only")
)

// wrap adds the operation, the path and, where there is one, the sentinel to an error of SQLite.
func wrap(op, path string, err error) error {
	if err == nil {
		return nil
	}
	if kind := kindOf(err); kind != nil && !errors.Is(err, kind) {
		return fmt.Errorf("%s %s: %w: %w", op, path, kind, err)
	}
	return fmt.Errorf("%s %s: %w", op, path, err)
}

func kindOf(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		if errors.Is(err, fs.ErrPermission) {
			return ErrReadOnly
		}
		return nil
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return ErrLocked
	case sqlite3.ErrFull:
		return ErrFull
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return ErrReadOnly
	case sqlite3.ErrNotADB:
		return ErrForeign
	default:
		return nil
	}
}
