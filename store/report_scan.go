package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

// reportScan reads what a report needs, in one transaction on one connection.
type reportScan struct {
	db   *DB
	q    ReportQuery
	tx   *sql.Tx
	conn *sql.Conn
	bulk bulk

	calendar calendar
	groups   *reportGroups
	rowsRead map[string]int64
}

// snapshot lets a function read one state of the database.
func (db *DB) snapshot(ctx context.Context, use func(*reportScan) error) error {
	conn, err := db.reader.Conn(ctx)
	if err != nil {
		return err
	}
	return db.scanOn(ctx, conn, use)
}

// scanOn lets a function read one state of the database on a connection, which it gives back.
func (db *DB) scanOn(ctx context.Context, conn *sql.Conn, use func(*reportScan) error) (err error) {
	s := &reportScan{db: db, conn: conn, rowsRead: map[string]int64{}}
	defer func() {
		s.bulk.close()
		err = errors.Join(err, conn.Close())
	}()
	if err := conn.Raw(func(c any) error { return s.bulk.use(c.(*sqlite3.SQLiteConn)) }); err != nil {
		return err
	}
	if s.tx, err = conn.BeginTx(ctx, nil); err != nil {
		return err
	}
	defer func() { _ = s.tx.Rollback() }() // nothing was written
	if err := use(s); err != nil {
		return err
	}
	return ctx.Err()
}

// report carries out the query.
func (s *reportScan) report(ctx context.Context) (Report, error) {
	from, to, err := s.bounds(ctx)
	if err != nil {
		return Report{}, err
	}
	rep := Report{From: s.q.From.UTC(), To: s.q.To.UTC(), RowsRead: s.rowsRead}
	if rep.From.IsZero() {
		rep.From = time.UnixMilli(from).UTC()
	}
	if rep.To.IsZero() {
		rep.To = time.UnixMilli(to).UTC()
	}
	if from >= to {
		return rep, nil
	}
	if s.groups, err = newReportGroups(ctx, s); err != nil {
		return rep, err
	}
	s.calendar = newCalendar(s.q.Zone, s.q.finest(), from, to)
	p, err := s.plan(ctx, from, to)
	if err != nil {
		return rep, err
	}
	if err := s.read(ctx, p.segments); err != nil {
		return rep, err
	}
	rep.Gaps = p.gaps
	rep.Rows, rep.Total, err = s.groups.finish(ctx, s)
	return rep, err
}

// bounds returns the span in Unix milliseconds. Without bounds, or with ones outside of what is stored, it is that of whole days.
func (s *reportScan) bounds(ctx context.Context) (from, to int64, err error) {
	var first, last sql.NullInt64
	if err := s.tx.QueryRowContext(ctx, "SELECT (SELECT min(start) FROM hours), (SELECT max(start) FROM hours)").Scan(&first, &last); err != nil {
		return 0, 0, err
	}
	if !first.Valid {
		return 0, 0, nil
	}
	begin, end := first.Int64*anHour, (last.Int64+1)*anHour
	from, to = down(begin, aDay), up(end, aDay)
	if at := s.q.From.UnixMilli(); !s.q.From.IsZero() && at > begin {
		from = at
	}
	if at := s.q.To.UnixMilli(); !s.q.To.IsZero() && at < end {
		to = at
	}
	return from, to, nil
}

// plan chooses what to read. Spans before the first and behind the last hour of all cost nothing.
func (s *reportScan) plan(ctx context.Context, from, to int64) (*planner, error) {
	p := &planner{user: s.q.asks(ByUser), latency: s.q.Latency}
	var err error
	if p.callsFrom, err = keptFrom(ctx, s.tx, keptCalls); err != nil {
		return nil, err
	}
	if p.minutesFrom, err = keptFrom(ctx, s.tx, keptMinutes); err != nil {
		return nil, err
	}
	if !p.user {
		if p.fewDays, err = s.fewDays(ctx, from, to); err != nil {
			return nil, err
		}
	}
	s.calendar.plan(p, from, to)
	return p, nil
}

// fewDays reports whether days take fewer rows than their hours, by a day in the middle of the span.
func (s *reportScan) fewDays(ctx context.Context, from, to int64) (bool, error) {
	day := (from + to) / 2 / aDay
	var days, hours int64
	err := s.tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM days WHERE start = ?1),
		(SELECT count(*) FROM hours WHERE start >= ?1 * 24 AND start < ?1 * 24 + 24)`, day).Scan(&days, &hours)
	return days < hours, err
}

// query runs a statement on the transaction's connection; the rows are valid until the next.
func (s *reportScan) query(ctx context.Context, query string, args ...int64) (p packed, err error) {
	if err := ctx.Err(); err != nil {
		return p, err
	}
	var row []byte
	for _, n := range args {
		row = packInt(row, n)
	}
	err = raw(s.conn, func(any) error {
		p.rest, err = s.bulk.query(query, row)
		return err
	})
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return p, err
}

// sums reads rows of a table of sums.
func (s *reportScan) sums(ctx context.Context, seg segment) error {
	g := s.groups
	columns := g.columns(seg.table)
	text := fmt.Sprintf("SELECT %s%s%s FROM %s WHERE start >= ?1 AND start < ?2%s", strings.Join(columns, ""), summed,
		map[bool]string{true: ", sketch"}[s.q.Latency && seg.table.latency], seg.table.source, g.where(seg.table))
	p, err := s.query(ctx, text, seg.from/seg.table.unit, seg.to/seg.table.unit)
	if err != nil {
		return err
	}
	for len(p.rest) > 0 {
		s.rowsRead[seg.table.name]++
		if err := s.sumRow(&p, seg.table); err != nil {
			return err
		}
	}
	return nil
}

// sumRow adds one row to its group.
func (s *reportScan) sumRow(p *packed, t *reportTable) error {
	k, ok, err := s.groups.key(p, t)
	if err != nil {
		return err
	}
	var sums [summedColumns]int64
	if err := p.columns(sums[:]); err != nil {
		return err
	}
	var sketch cell
	if s.q.Latency && t.latency {
		if sketch, err = p.next(); err != nil {
			return err
		}
	}
	if !ok {
		return nil
	}
	to := s.groups.at(k)
	to.addColumns(&sums)
	if sketch.kind == packedBlob {
		return to.latency.addStored(sketch.bytes)
	}
	return nil
}

// columns takes sums, which are whole numbers, off a row.
func (p *packed) columns(to []int64) error {
	const size = 9 // a byte for the type, and the number
	b := p.rest
	if len(b) < len(to)*size {
		return errPacked
	}
	for i := range to {
		if b[i*size] != packedInt {
			return errPacked
		}
		to[i] = int64(binary.NativeEndian.Uint64(b[i*size+1:])) //nolint:gosec // the bits
	}
	p.rest = b[len(to)*size:]
	return nil
}

// idList writes ids for a statement.
func idList(ids []int64) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(id, 10))
	}
	return b.String()
}
