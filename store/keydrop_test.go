package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Pruning takes the keys of days whose calls are gone, and no others.
func TestPruneTakesKeysOfWholeDays(t *testing.T) {
	db := open(t)
	for day := range 5 {
		for i := range 20 {
			at := noon.AddDate(0, 0, -day)
			commitCalls(t, db, claude.Call{Time: at, RequestID: fmt.Sprintf("req_%d_%d", day, i)})
		}
	}
	commitCalls(t, db, claude.Call{Undated: true, RequestID: "req_undated"})
	if _, err := db.Prune(t.Context(), Retention{Calls: 60 * time.Hour}); err != nil { // since 12 March, 00:00
		t.Fatal(err)
	}
	checkKeys(t, db)
	for day := range 5 {
		ch := commitCalls(t, db, claude.Call{Time: noon.AddDate(0, 0, -day), RequestID: fmt.Sprintf("req_%d_7", day)})[0]
		if want := day > 2; ch.New != want {
			t.Errorf("a call of %d days ago is new: %t; want %t", day, ch.New, want)
		}
	}
}
