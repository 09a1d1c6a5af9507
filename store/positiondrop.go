package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// keepPositions is how long the position of a file that is gone is kept: a copy of it may turn up, and would be read again.
const keepPositions = 90 * 24 * time.Hour

// prunePositions takes out positions of files that are gone, as far as they are older than a time. Files that are there keep theirs
// however old they are. The files are looked for outside of a transaction: that may take long.
func (db *DB) prunePositions(ctx context.Context, before time.Time) error {
	type position struct {
		id, path string
		updated  int64
	}
	all, err := read(ctx, db, func(scan scanFunc) (p position, err error) { return p, scan(&p.id, &p.path, &p.updated) },
		"SELECT id, path, updated_at FROM positions WHERE updated_at < ?", before.UnixMicro())
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(p position) bool { return !isGone(p.path) })
	for some := range slices.Chunk(all, pruneRows) {
		err := db.write(ctx, "prune store", func(ctx context.Context, tx *sql.Tx) error {
			for _, p := range some {
				if _, err := tx.ExecContext(ctx, "DELETE FROM positions WHERE id = ? AND updated_at = ?", p.id, p.updated); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// isGone reports whether there is no file of that name although its directory is there: a file system that is not mounted comes back. A
// path that is not absolute says nothing here.
func isGone(path string) bool {
	if !filepath.IsAbs(path) {
		return false
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	dir, err := os.Stat(filepath.Dir(path))
	return err == nil && dir.IsDir()
}
