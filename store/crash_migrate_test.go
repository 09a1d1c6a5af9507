package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// A process is killed while it brings an old database up to date.
func TestKillDuringMigration(t *testing.T) {
	now := open(t)
	all := crashAll(3000)
	commitCalls(t, now, all...)
	want := dumpOf(t, now)
	old := make([][]byte, oldSchemas)
	for i := range old {
		var err error
		if old[i], err = os.ReadFile(olden(t, now, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	doing, versions := underWay{}, map[int]int{}
	rounds := kills(t)
	for round := range rounds {
		path := filepath.Join(t.TempDir(), "old.db")
		if err := os.WriteFile(path, old[round%len(old)], 0o600); err != nil {
			t.Fatal(err)
		}
		doing.killOnce(t, path, "+open", 1, 12*time.Millisecond)
		versions[versionOf(t, path)]++
		db := openCrashed(t, path, 3000)
		stored := allCalls(t, db)
		if diff := gocmp.Diff(want.Calls, stored[:min(len(all), len(stored))]); diff != "" { // more may have come
			t.Fatalf("calls differ after a kill (-want +got):\n%s", diff)
		}
		if got := total(t, db, "hours"); got != total(t, db, "days") || got < int64(len(stored)) {
			t.Errorf("hours add up to %d calls, days to %d; want as many, and at least %d", got, total(t, db, "days"), len(stored))
		}
		if err := db.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		closeAll(t, db)
	}
	t.Logf("killed %d times, during %v; versions of the databases afterwards: %v", rounds, doing, versions)
}

// versionOf returns the version that a database has.
func versionOf(t *testing.T, path string) int {
	t.Helper()
	db := &DB{path: path}
	if err := db.connect(&db.reader, dsn(Options{Path: path}, "mode=rw"), 1); err != nil {
		t.Fatal(err)
	}
	defer db.reader.Close() //nolint:errcheck // only read
	v, err := version(t.Context(), db.reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
