package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/claudewatch/claudewatch/claude"
)

const (
	fileMode           = 0o600
	defaultLiveWindow  = time.Hour
	defaultBusyTimeout = 5 * time.Second
	readers            = 2
)

// Options says which database to open and how.
type Options struct {
	Path     string // of the database file; it and its directory are made when missing
	ReadOnly bool   // for commands beside a running agent: nothing is made, locked or written
	// LiveWindow is how young a call must be when it is read to count as live. 0 means 1 h.
	LiveWindow time.Duration
	// BusyTimeout is how long to wait for another process that holds the database. 0 means 5 s.
	BusyTimeout time.Duration
	Now         func() time.Time // nil means time.Now
	// Price returns what a call costs in USD, which then counts and not the cost that its log gives; unknown leaves that as it is. It must
	// be fast and fit for concurrent use. nil knows no price.
	Price func(*claude.Call) claude.Opt[float64]
}

func (o *Options) validate() error {
	if o.Path == "" {
		return errors.New("open store: no path")
	}
	if o.LiveWindow < 0 || o.BusyTimeout < 0 {
		return fmt.Errorf("open store %s: live window %s, busy timeout %s: must not be negative", o.Path, o.LiveWindow, o.BusyTimeout)
	}
	if o.LiveWindow == 0 {
		o.LiveWindow = defaultLiveWindow
	}
	if o.BusyTimeout == 0 {
		o.BusyTimeout = defaultBusyTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return fmt.Errorf("open store %s: %w", o.Path, err)
	}
	o.Path = path
	return nil
}

// DB is an open database. All methods may be used concurrently; writes queue up behind each other.
type DB struct {
	path       string
	liveWindow time.Duration
	now        func() time.Time
	price      func(*claude.Call) claude.Opt[float64]
	lock       *os.File // nil when read-only
	unclean    bool     // the process before did not close it
	writer     *sql.DB  // one connection; nil when read-only
	reader     *sql.DB
	names      *cache[string]
	scopes     *cache[scope]
	shapes     shapes
	slots      *slots
	waits      waitLimits
	kept       keptSums  // for who holds the writer's connection
	writing    *sql.Conn // the writer's one connection, for who holds it
	bulk       bulk      // the same
	keys       *keyMaker // the same
	spare      changeSlabs
	scratch    scratch // the same
}

// Open opens the database, makes it when it is missing and brings it up to date. The error wraps ErrNewer, ErrLocked,
// ErrForeign or ErrReadOnly where that is the matter.
func Open(ctx context.Context, opt Options) (*DB, error) {
	if err := opt.validate(); err != nil {
		return nil, err
	}
	db := &DB{
		path: opt.Path, liveWindow: opt.LiveWindow, now: opt.Now, price: opt.Price,
		names: newCache[string](maxNames), scopes: newCache[scope](maxScopes), waits: waitLimits{waitingMost, blocksMost, rowsOfMerged},
	}
	err := db.open(ctx, opt)
	if err != nil {
		return nil, errors.Join(wrap("open store", db.path, err), db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, opt Options) error {
	if info, err := os.Stat(db.path); err == nil && !info.Mode().IsRegular() {
		return errors.New("is not a regular file")
	} else if err != nil && (opt.ReadOnly || !errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	if !opt.ReadOnly {
		if err := db.openWriter(ctx, opt); err != nil {
			return err
		}
	}
	if err := db.connect(&db.reader, readDSN(opt), readers); err != nil {
		return err
	}
	if err := checkVersion(ctx, db.reader); err != nil {
		return err
	}
	return db.load(ctx)
}

// openWriter makes sure that the file is there, is ours alone and is up to date.
func (db *DB) openWriter(ctx context.Context, opt Options) error {
	if err := os.MkdirAll(filepath.Dir(db.path), 0o700); err != nil {
		return err
	}
	var err error
	if db.lock, err = lockFile(db.path + ".lock"); err != nil {
		return err
	}
	db.unclean = uncleanEnd(db.path)
	if err := secure(db.path); err != nil {
		return err
	}
	if err := db.connect(&db.writer, writeDSN(opt), 1); err != nil {
		return err
	}
	return migrate(ctx, db.writer)
}

// secure makes the file when it is missing and keeps others from reading it. SQLite gives the files beside it the same mode.
func secure(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, fileMode)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Chmod(name, fileMode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// connector opens connections of a pool. database/sql replaces the writer's after a cancelled commit, so its settings are made here.
type connector struct {
	dsn    string
	driver sqlite3.SQLiteDriver
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

func (c *connector) Driver() driver.Driver { return &c.driver }

// settleConn makes the settings that a DSN can't hold. Fewer, larger checkpoints: a page is then written to the file once for many commits.
func settleConn(conn *sqlite3.SQLiteConn) error {
	_, err := conn.Exec("PRAGMA wal_autocheckpoint = 4000", nil)
	return err
}

func (db *DB) connect(to **sql.DB, dsn string, conns int) error {
	if err := errors.Join(registerBulk(), registerWAL()); err != nil {
		return err
	}
	pool := sql.OpenDB(&connector{dsn, sqlite3.SQLiteDriver{ConnectHook: settleConn}})
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	*to = pool
	return nil
}

func writeDSN(opt Options) string {
	return dsn(opt, "_auto_vacuum=incremental&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_cache_size=-8000&mode=rw&vfs="+gatheringVFS)
}

func readDSN(opt Options) string {
	return dsn(opt, "_query_only=true&_cache_size=-2000&mode=ro")
}

func dsn(opt Options, params string) string {
	file := (&url.URL{Path: filepath.ToSlash(opt.Path)}).EscapedPath()
	return fmt.Sprintf("file:%s?%s&_busy_timeout=%d&_foreign_keys=off&_stmt_cache_size=64&_mutex=no", file, params, opt.BusyTimeout.Milliseconds())
}

// load reads what Commit needs to know of the database before the first batch.
func (db *DB) load(ctx context.Context) error {
	var salt []byte
	if err := db.reader.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'salt'").Scan(&salt); err != nil {
		return err
	}
	db.keys = newKeyMaker(salt)
	runs, err := readRuns(ctx, db.reader)
	db.slots = newSlots(runs)
	return err
}

// Close ends the use of the database. Nothing is lost when it is never called.
func (db *DB) Close() error {
	var errs []error
	db.bulk.close()
	for _, pool := range []*sql.DB{db.reader, db.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
	}
	return errors.Join(errs...)
}

// Bytes returns what the database takes on disk, its write-ahead log included; 0 when that can't be told.
func (db *DB) Bytes() int64 {
	var n int64
	for _, name := range []string{db.path, db.path + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			n += info.Size()
		}
	}
	return n
}
