package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/mattn/go-sqlite3"
)

// blockPart is a part of a block as whoever reads it sees it.
type blockPart struct {
	Start, Scope, User, Status int64
	Cause                      string
	Sums                       sums
	Sketch                     string
}

// somePart returns a part that comes behind another one.
func somePart(rnd *rand.Rand, p blockPart) blockPart {
	switch rnd.IntN(4) {
	case 0:
		p.Start, p.Scope, p.User = p.Start+rnd.Int64N(3)+1, rnd.Int64N(40), rnd.Int64N(1<<rnd.IntN(40))
	case 1:
		p.Scope, p.User = p.Scope+rnd.Int64N(300)+1, rnd.Int64N(90)
	default:
		p.User += rnd.Int64N(200) + 1
	}
	p.Status, p.Cause, p.Sketch, p.Sums = []int64{200, 429, 529, 0}[rnd.IntN(4)], []string{"", "rate_limit", "b\u00e4r\x00e"}[rnd.IntN(3)], "", sums{}
	for i := range p.Sums {
		switch rnd.IntN(4) {
		case 0:
			p.Sums[i] = rnd.Int64N(1 << rnd.IntN(62))
		case 1:
			p.Sums[i] = []int64{math.MinInt64, math.MaxInt64, -1}[rnd.IntN(3)]
		}
	}
	if n := rnd.IntN(4); n > 0 {
		bins := make([]int, n)
		for i := range bins {
			bins[i] = rnd.IntN(200)
		}
		p.Sketch = string(appendBins(nil, bins))
	}
	return p
}

// someBlock returns parts and their block.
func someBlock(rnd *rand.Rand, n int) ([]blockPart, []byte) {
	parts, w := make([]blockPart, n), blockWriter{}
	last := blockPart{Start: -7}
	for i := range parts {
		last = somePart(rnd, last)
		parts[i] = last
		w.add(&rollupKey{last.Start, last.Scope, last.User, last.Status, 0}, last.Cause, &last.Sums, []byte(last.Sketch))
	}
	return parts, w.block
}

// readInGo reads a block as transactions do.
func readInGo(block []byte) ([]blockPart, error) {
	var parts []blockPart
	r := blockReader{rest: block}
	for r.next() {
		parts = append(parts, blockPart{r.key.start, r.key.scope, r.key.user, r.key.status, string(r.cause), r.sums, string(r.sketch)})
	}
	return parts, r.err
}

// sqliteAlone returns SQLite with the tables that connections have, and no database.
func sqliteAlone(t testing.TB) *sql.DB {
	t.Helper()
	if err := registerBulk(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// readInC reads a block as reports do.
func readInC(t testing.TB, db *sql.DB, block []byte, where string) ([]blockPart, error) {
	t.Helper()
	var parts []blockPart
	err := each(t.Context(), db, func(scan scanFunc) error {
		var p blockPart
		var sketch []byte
		dest := []any{&p.Start, &p.Scope, &p.User, &p.Status, &p.Cause}
		for i := range p.Sums {
			dest = append(dest, &p.Sums[i])
		}
		err := scan(append(dest, &sketch)...)
		p.Sketch = string(sketch)
		parts = append(parts, p)
		return err
	}, "SELECT * FROM claudewatch_sums(?)"+where, block)
	return parts, err
}

func isCorrupt(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrCorrupt
}

func TestBlocksAreReadAsWritten(t *testing.T) {
	db, rnd := sqliteAlone(t), rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{0, 1, 2, 300} {
		want, block := someBlock(rnd, n)
		if n == 0 {
			want, block = nil, []byte{}
		}
		got, err := readInGo(block)
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%d parts, read in Go, %v (-want +got):\n%s", n, err, diff)
		}
		got, err = readInC(t, db, block, "")
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%d parts, read in C, %v (-want +got):\n%s", n, err, diff)
		}
	}
}

// Conditions on the day, which the table looks at itself, choose the parts that SQLite would.
func TestBlocksByDay(t *testing.T) {
	db := sqliteAlone(t)
	all, block := someBlock(rand.New(rand.NewPCG(6, 6)), 60)
	mid := all[30].Start
	for _, tt := range []struct {
		where string
		want  func(start int64) bool
	}{
		{"start >= %d", func(s int64) bool { return s >= mid }},
		{"start > %d", func(s int64) bool { return s > mid }},
		{"start < %d", func(s int64) bool { return s < mid }},
		{"start <= %d", func(s int64) bool { return s <= mid }},
		{"start = %d", func(s int64) bool { return s == mid }},
		{"start > %d - 0.5", func(s int64) bool { return s >= mid }},
		{"start <= %d + 0.5", func(s int64) bool { return s <= mid }},
		{"start <> %d", func(s int64) bool { return s != mid }},
		{"start >= %[1]d - 3 AND start < %[1]d + 2", func(s int64) bool { return s >= mid-3 && s < mid+2 }},
		{"start < '%d'", func(s int64) bool { return s < mid }},
		{"start < 'x%d'", func(int64) bool { return true }},
		{"start < %d + NULL", func(int64) bool { return false }},
		{"block IS NOT NULL AND start = %d", func(s int64) bool { return s == mid }},
	} {
		var want []blockPart
		for _, p := range all {
			if tt.want(p.Start) {
				want = append(want, p)
			}
		}
		where := fmt.Sprintf(tt.where, mid)
		got, err := readInC(t, db, block, " WHERE "+where)
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("parts WHERE %s, %v (-want +got):\n%s", where, err, diff)
		}
	}
	if _, err := readInC(t, db, nil, ""); err != nil {
		t.Errorf("claudewatch_sums(NULL): %v; want no rows", err)
	}
	for _, query := range []string{"SELECT * FROM claudewatch_sums", "SELECT * FROM claudewatch_sums('text')", "SELECT * FROM claudewatch_sums(12)"} {
		if err := each(t.Context(), db, func(scanFunc) error { return nil }, query); err == nil {
			t.Errorf("%s: no error; want one", query)
		}
	}
}

// A block that is cut is either shorter by whole parts or broken, and nothing else is read.
func TestCutBlocks(t *testing.T) {
	db := sqliteAlone(t)
	all, block := someBlock(rand.New(rand.NewPCG(7, 7)), 12)
	for size := range block {
		cut := append(make([]byte, 0, size), block[:size]...) // with nothing behind it
		inGo, errGo := readInGo(cut)
		inC, errC := readInC(t, db, cut, "")
		if diff := gocmp.Diff(inGo, inC); diff != "" || !gocmp.Equal(inC, all[:len(inC):len(inC)]) && len(inC) > 0 {
			t.Errorf("%d of %d bytes are %d parts in Go and %d in C; want the first %d as they were", size, len(block), len(inGo), len(inC), len(inGo))
		}
		if (errGo != nil) != isCorrupt(errC) || errGo != nil && !errors.Is(errGo, errBlock) {
			t.Errorf("%d of %d bytes: %v in Go, %v in C; want both or none", size, len(block), errGo, errC)
		}
	}
}

// Days come in their order, so that whoever wants the earlier ones need not look at the rest.
func TestBlockOfDaysOutOfOrder(t *testing.T) {
	var w blockWriter
	w.add(&rollupKey{start: 5}, "", &sums{1}, nil)
	w.add(&rollupKey{start: 4}, "", &sums{1}, nil)
	if parts, err := readInGo(w.block); len(parts) != 1 || !errors.Is(err, errBlock) {
		t.Errorf("read in Go: %d parts, %v; want 1 and %v", len(parts), err, errBlock)
	}
	if parts, err := readInC(t, sqliteAlone(t), w.block, ""); len(parts) != 1 || !isCorrupt(err) {
		t.Errorf("read in C: %d parts, %v; want 1 and the database to be malformed", len(parts), err)
	}
}

// FuzzBlock wants any bytes to be the same parts, or none, for both who read blocks.
func FuzzBlock(f *testing.F) {
	db := sqliteAlone(f)
	for seed := range uint64(4) {
		_, block := someBlock(rand.New(rand.NewPCG(seed, seed)), 1+int(seed))
		f.Add(block)
	}
	f.Add([]byte(strings.Repeat("\xff", 40)))
	f.Fuzz(func(t *testing.T, block []byte) {
		inGo, errGo := readInGo(block)
		inC, errC := readInC(t, db, append([]byte{}, block...), "")
		if diff := gocmp.Diff(inGo, inC); diff != "" {
			t.Errorf("read in Go and C (-Go +C):\n%s", diff)
		}
		if (errGo != nil) != isCorrupt(errC) {
			t.Errorf("%v in Go, %v in C; want both or none", errGo, errC)
		}
	})
}
