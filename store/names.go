package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"github.com/claudewatch/claudewatch/claude"
)

// How many texts and scopes are held in memory, so that a log with endless users can't fill it.
const (
	maxNames  = 20_000
	maxScopes = 5_000
)

// scope is what calls are grouped by; a row of the table of that name.
type scope struct {
	provider, organization, workspace, app, model string
	pool                                          claude.Pool
}

// hint is a number that differs between scopes that often come in turn.
func (s *scope) hint() int { return hintOf(s.workspace, s.app, s.model) }

func scopeOf(c *claude.Call) scope {
	return scope{c.Provider, c.Organization, c.Workspace, c.App, c.Model, c.Pool}
}

// cache remembers which id stands for which value. It only holds what is committed, and forgets everything when it is full.
type cache[T comparable] struct {
	// mu guards ids and values.
	mu     sync.Mutex
	ids    map[T]int64
	values map[int64]T
	limit  int
}

func newCache[T comparable](limit int) *cache[T] {
	return &cache[T]{ids: map[T]int64{}, values: map[int64]T{}, limit: limit}
}

func (c *cache[T]) id(v T) (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.ids[v]
	return id, ok
}

func (c *cache[T]) value(id int64) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.values[id]
	return v, ok
}

func (c *cache[T]) add(id int64, v T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.values) >= c.limit {
		clear(c.ids)
		clear(c.values)
	}
	c.ids[v], c.values[id] = id, v
}

// interner gives ids to values inside a transaction. What it makes is unknown to the cache until the transaction has
// committed, because a rollback takes the ids back.
type interner[T comparable] struct {
	cache  *cache[T]
	fresh  map[T]int64
	find   func(v T) (int64, error) // sql.ErrNoRows when there is none
	create func(v T) (int64, error)
}

func (n *interner[T]) id(v T) (int64, error) {
	if id, ok := n.cache.id(v); ok {
		return id, nil
	}
	if id, ok := n.fresh[v]; ok {
		return id, nil
	}
	id, err := n.find(v)
	if err == sql.ErrNoRows { //nolint:errorlint // find is ours and returns it bare
		id, err = n.create(v)
	}
	if err != nil {
		return 0, err
	}
	n.fresh[v] = id
	return id, nil
}

// text returns the value that has an id in the transaction.
func (n *interner[T]) text(id int64) (T, error) {
	if v, ok := n.cache.value(id); ok {
		return v, nil
	}
	for v, i := range n.fresh {
		if i == id {
			return v, nil
		}
	}
	var none T
	return none, fmt.Errorf("id %d of a transaction is not known in it", id)
}

// committed hands what the transaction made to the cache.
func (n *interner[T]) committed() {
	for v, id := range n.fresh {
		n.cache.add(id, v)
	}
}

// querier is what a transaction and a pool of connections have in common.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (db *DB) nameInterner(ctx context.Context, tx *sql.Tx) *interner[string] {
	return &interner[string]{
		cache: db.names, fresh: map[string]int64{},
		find: func(v string) (id int64, err error) {
			err = tx.QueryRowContext(ctx, "SELECT id FROM names WHERE text = ?", v).Scan(&id)
			return id, err
		},
		create: func(v string) (int64, error) {
			return inserted(tx.ExecContext(ctx, "INSERT INTO names (text) VALUES (?)", v))
		},
	}
}

func (db *DB) scopeInterner(ctx context.Context, tx *sql.Tx) *interner[scope] {
	return &interner[scope]{
		cache: db.scopes, fresh: map[scope]int64{},
		find: func(v scope) (id int64, err error) {
			const query = `SELECT id FROM scopes WHERE provider = ? AND organization = ? AND workspace = ? AND app = ? AND model = ? AND pool = ?`
			err = tx.QueryRowContext(ctx, query, v.provider, v.organization, v.workspace, v.app, v.model, v.pool).Scan(&id)
			return id, err
		},
		create: func(v scope) (int64, error) {
			const query = `INSERT INTO scopes (provider, organization, workspace, app, model, pool) VALUES (?, ?, ?, ?, ?, ?)`
			return inserted(tx.ExecContext(ctx, query, v.provider, v.organization, v.workspace, v.app, v.model, v.pool))
		},
	}
}

func inserted(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// dictionary turns ids of committed rows back into what they stand for.
type dictionary struct {
	db *DB
	q  querier
}

func (d dictionary) name(ctx context.Context, id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	if s, ok := d.db.names.value(id); ok {
		return s, nil
	}
	var s string
	if err := d.q.QueryRowContext(ctx, "SELECT text FROM names WHERE id = ?", id).Scan(&s); err != nil {
		return "", err
	}
	d.db.names.add(id, s)
	return s, nil
}

func (d dictionary) scope(ctx context.Context, id int64) (scope, error) {
	if s, ok := d.db.scopes.value(id); ok {
		return s, nil
	}
	var s scope
	const query = `SELECT provider, organization, workspace, app, model, pool FROM scopes WHERE id = ?`
	err := d.q.QueryRowContext(ctx, query, id).Scan(&s.provider, &s.organization, &s.workspace, &s.app, &s.model, &s.pool)
	if err != nil {
		return scope{}, err
	}
	d.db.scopes.add(id, s)
	return s, nil
}
