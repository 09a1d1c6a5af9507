package store

import (
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/alerts"
)

// kill saves an alert and gives up its delivery to Slack.
func kill(t *testing.T, db *DB, a alerts.Alert) {
	t.Helper()
	save(t, db, a, "slack")
	err := db.SaveDelivery(t.Context(), alerts.Delivery{
		Episode: a.Episode, Fingerprint: a.Fingerprint, Receiver: "slack", Desired: a.Revision, Attempts: 3,
		NotBefore: noon.Add(time.Hour), LastError: "invalid_auth", Dead: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := due(t, db, noon.Add(24*time.Hour)); len(d) != 0 {
		t.Fatalf("due = %+v; want nothing of a dead delivery", d)
	}
}

func resolved(a alerts.Alert) alerts.Alert {
	a.State, a.ResolvedAt = alerts.Resolved, noon.Add(time.Minute)
	a.Revision++
	return a
}

func TestReviveIsForWhatStillFires(t *testing.T) {
	db := open(t)
	firstEpisode := firing("a", 1)
	kill(t, db, firstEpisode)
	secondEpisode := firing("a", 1) // the first was cut short and never resolved
	secondEpisode.Episode = "ep-a2"
	kill(t, db, secondEpisode)
	over := firing("b", 1)
	kill(t, db, over)
	save(t, db, resolved(over))
	gone := firing("c", 1)
	kill(t, db, gone)
	gone.State = alerts.Inactive
	save(t, db, gone)
	if err := db.ReviveDeliveries(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := due(t, db, noon)
	if len(d) != 1 || d[0].Delivery.Episode != "ep-a2" || d[0].Delivery.Attempts != 0 || d[0].Delivery.LastError != "invalid_auth" {
		t.Errorf("due = %+v; want the second episode of a only, with no attempts", d)
	}
}

func TestFiringAnewRevives(t *testing.T) {
	db := open(t)
	a := firing("a", 1)
	kill(t, db, a)
	a.Revision++ // rose: nothing that makes a dead receiver live
	save(t, db, a, "slack")
	a = resolved(a)
	save(t, db, a, "slack")
	if d := due(t, db, noon.Add(24*time.Hour)); len(d) != 0 {
		t.Fatalf("due = %+v before it fires anew; want nothing", d)
	}
	again := a
	again.State, again.ResolvedAt = alerts.Firing, time.Time{}
	again.Revision++
	save(t, db, again, "slack")
	d := due(t, db, noon)
	if len(d) != 1 || d[0].Delivery.Desired != again.Revision || d[0].Delivery.Attempts != 0 {
		t.Errorf("due = %+v; want revision %d with no attempts", d, again.Revision)
	}
}
