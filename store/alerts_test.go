package store

import (
	"math"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
	"github.com/claudewatch/claudewatch/claude"
)

func firing(fp string, revision int64) alerts.Alert {
	return alerts.Alert{
		Fingerprint: fp, Rule: "limit_usage_high", Severity: alerts.Warning, Labels: map[string]string{"pool": "sonnet-5"},
		State: alerts.Firing, Episode: "ep-" + fp, Revision: revision, ActiveAt: noon, FiredAt: noon.Add(1), Fires: []time.Time{noon},
		Value: 0.86, Peak: 0.9, Reason: "fired",
		Facts: alerts.Facts{Title: "input tokens", Consumers: []claude.Consumer{{App: "shop", Share: 0.5}}, Do: []string{"wait"}},
	}
}

func save(t *testing.T, db *DB, a alerts.Alert, receivers ...string) {
	t.Helper()
	if err := db.SaveAlerts(t.Context(), []alerts.Changed{{Alert: a, Receivers: receivers}}); err != nil {
		t.Fatal(err)
	}
}

func due(t *testing.T, db *DB, now time.Time) []alerts.Due {
	t.Helper()
	d, err := db.DueDeliveries(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAlertsComeBackUntilInactive(t *testing.T) {
	db := open(t)
	a, b := firing("a", 1), firing("b", 1)
	b.State, b.Episode = alerts.Pending, ""
	save(t, db, a, "slack")
	save(t, db, b)
	got, err := db.Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]alerts.Alert{a, b}, got); diff != "" {
		t.Errorf("alerts differ (-want +got):\n%s", diff)
	}
	a.State, a.ResolvedAt, a.Revision = alerts.Resolved, noon.Add(time.Hour), 2
	save(t, db, a, "slack")
	dropped := a
	dropped.State = alerts.Inactive
	save(t, db, dropped)
	got, err = db.Alerts(t.Context())
	if err != nil || len(got) != 1 || got[0].Fingerprint != "b" {
		t.Errorf("Alerts() = %+v, %v; want b only", got, err)
	}
	// The receiver was never told, so it still is to hear how the episode ended.
	d := due(t, db, noon)
	if len(d) != 1 || d[0].Alert.State != alerts.Resolved || d[0].Delivery.Desired != 2 {
		t.Errorf("due = %+v; want the resolved episode at revision 2", d)
	}
}

func TestDeliveries(t *testing.T) {
	now := noon
	db := open(t)
	db.now = func() time.Time { return now }
	save(t, db, firing("b", 1), "slack", "log")
	now = noon.Add(time.Minute)
	save(t, db, firing("a", 1), "slack")
	save(t, db, firing("b", 2), "slack") // a newer revision does not lose its place
	d := due(t, db, now)
	order := ""
	for _, x := range d {
		order += x.Delivery.Episode + "/" + x.Delivery.Receiver + " "
	}
	if want := "ep-b/log ep-b/slack ep-a/slack "; order != want {
		t.Fatalf("due order = %q; want %q", order, want)
	}
	want := alerts.Delivery{
		Episode: "ep-b", Fingerprint: "b", Receiver: "slack", Desired: 2, Delivered: 1, Ref: alerts.Ref{Channel: "C1", ID: "1.2"},
		Attempts: 3, NotBefore: now.Add(time.Second), SendingSince: now, LastError: "timeout", UpdatedAt: now,
	}
	sent := want
	sent.Desired = 1 // what the sender knew when it began
	for _, x := range []alerts.Delivery{sent, d[0].Delivery} {
		if x.Receiver == "log" {
			x.Dead = true
		}
		if err := db.SaveDelivery(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	if got := due(t, db, now); len(got) != 1 || got[0].Delivery.Episode != "ep-a" {
		t.Errorf("due before the retry = %+v; want ep-a only", got)
	}
	got := due(t, db, now.Add(time.Second))
	if len(got) != 2 {
		t.Fatalf("due at the retry = %+v; want 2", got)
	}
	if diff := gocmp.Diff(want, got[1].Delivery); diff != "" {
		t.Errorf("delivery differs (-want +got):\n%s", diff)
	}
}

func TestUnsavableAlertSaysWhich(t *testing.T) {
	db := open(t)
	a := firing("a", 1)
	a.Value = math.NaN()
	err := db.SaveAlerts(t.Context(), []alerts.Changed{{Alert: firing("b", 1)}, {Alert: a}})
	if err == nil || !strings.Contains(err.Error(), "limit_usage_high") {
		t.Errorf("SaveAlerts of NaN = %v; want an error that names the rule", err)
	}
	if got, err := db.Alerts(t.Context()); len(got) != 0 || err != nil {
		t.Errorf("Alerts() = %+v, %v; want none of a failed transaction", got, err)
	}
}

func TestDivert(t *testing.T) {
	db := open(t)
	db.now = func() time.Time { return noon }
	save(t, db, firing("a", 1), "slack")
	divert := func() {
		t.Helper()
		if err := db.Divert(t.Context(), due(t, db, noon)[0].Delivery, "pager"); err != nil {
			t.Fatal(err)
		}
	}
	divert()
	all := due(t, db, noon)
	if len(all) != 2 || all[0].Delivery.Receiver != "pager" || all[0].Delivery.Desired != 1 {
		t.Fatalf("due = %+v; want the alert for both receivers", all)
	}
	told := all[0].Delivery
	told.Delivered, told.Ref = 1, alerts.Ref{Channel: "C1", ID: "1.2"}
	if err := db.SaveDelivery(t.Context(), told); err != nil {
		t.Fatal(err)
	}
	divert()
	if all := due(t, db, noon); len(all) != 1 || all[0].Delivery.Receiver != "slack" {
		t.Errorf("due = %+v; want nothing more for the one that was told", all)
	}
	save(t, db, firing("a", 2), "slack")
	if all := due(t, db, noon); len(all) != 2 || all[0].Delivery.Ref != told.Ref {
		t.Errorf("due = %+v; want the change for the one that was told as well", all)
	}
}
