package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrExists says that a backup would overwrite a file.
var ErrExists = errors.New("the file exists already")

// Backup writes a copy of the database as it is at one moment to a new file, for its owner only, while others go on reading and
// writing. The copy is whole or not there: it gets its name last. The error wraps ErrExists where the file is there already.
func (db *DB) Backup(ctx context.Context, to string) (err error) {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("back up store to %s: %w", to, ErrExists)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up store: %w", err)
	}
	part, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".part-*") // mode 0600
	if err != nil {
		return fmt.Errorf("back up store: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	defer part.Close() //nolint:errcheck // Sync told what could go wrong
	if err := db.copyInto(ctx, part.Name()); err != nil {
		return wrap("back up store", db.path, err)
	}
	if err := part.Sync(); err != nil {
		return fmt.Errorf("back up store: %w", err)
	}
	// A hard link does not overwrite what somebody put there meanwhile, as a rename would.
	if err := os.Link(part.Name(), to); err != nil {
		return fmt.Errorf("back up store: %w", err)
	}
	return os.Remove(part.Name())
}

// copyInto has SQLite write a copy into a file, which must be empty. The reader's connections may not do that: they only query.
func (db *DB) copyInto(ctx context.Context, file string) (err error) {
	conn, err := sql.Open("sqlite3", dsn(Options{Path: db.path, BusyTimeout: defaultBusyTimeout}, "mode=ro"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	_, err = conn.ExecContext(ctx, "VACUUM INTO ?", file)
	return err
}
