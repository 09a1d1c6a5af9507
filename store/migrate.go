package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks the file as ours; migration 1 sets it.
const applicationID = 0x636c7774

// steps returns the migrations in the order of their numbers: the database's version is how many were applied.
func steps() ([]string, error) {
	entries, err := fs.ReadDir(migrations, "migrations") // sorted by name
	if err != nil {
		return nil, err
	}
	all := make([]string, 0, len(entries))
	for i, e := range entries {
		if !strings.HasPrefix(e.Name(), fmt.Sprintf("%04d_", i+1)) {
			return nil, fmt.Errorf("migration %s: its number is not %04d", e.Name(), i+1)
		}
		text, err := migrations.ReadFile("migrations/" + e.Name())
		if err != nil {
			return nil, err
		}
		all = append(all, string(text))
	}
	return all, nil
}

// migrate applies the missing migrations, each in a transaction of its own.
func migrate(ctx context.Context, w *sql.DB) error {
	all, err := steps()
	if err != nil {
		return err
	}
	for {
		version, err := version(ctx, w)
		if err != nil {
			return err
		}
		if version >= len(all) {
			return newer(version, len(all))
		}
		if err := apply(ctx, w, all[version], version+1); err != nil {
			return fmt.Errorf("migrate to version %d: %w", version+1, err)
		}
	}
}

func apply(ctx context.Context, w *sql.DB, text string, version int) error {
	tx, err := w.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, text); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// version returns the database's version, 0 for an empty file. The error wraps ErrForeign for another program's database.
func version(ctx context.Context, db *sql.DB) (int, error) {
	var app, version, tables int
	const query = `SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_schema)`
	if err := db.QueryRowContext(ctx, query).Scan(&app, &version, &tables); err != nil {
		return 0, err
	}
	if app != applicationID && (app != 0 || version != 0 || tables != 0) {
		return 0, fmt.Errorf("%w: another program's, with application id %#x and %d tables", ErrForeign, app, tables)
	}
	return version, nil
}

// checkVersion refuses a database that is not of this program's version.
func checkVersion(ctx context.Context, db *sql.DB) error {
	all, err := steps()
	if err != nil {
		return err
	}
	v, err := version(ctx, db)
	if err != nil {
		return err
	}
	if v < len(all) {
		return fmt.Errorf("%w: it has version %d, this program wants %d", ErrOlder, v, len(all))
	}
	return newer(v, len(all))
}

func newer(have, know int) error {
	if have > know {
		return fmt.Errorf("%w: it has version %d, this program knows %d", ErrNewer, have, know)
	}
	return nil
}
