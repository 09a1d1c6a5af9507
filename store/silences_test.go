package store

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/alerts"
)

func TestSilences(t *testing.T) {
	db := open(t)
	first := alerts.Silence{
		ID: "a", Matchers: []alerts.Matcher{{Name: "rule", Op: "=~", Value: "limit_.*"}}, StartsAt: noon, EndsAt: noon.Add(2 * time.Hour),
		CreatedAt: noon, Author: "ops", Comment: "backfill",
	}
	second := first
	second.ID, second.EndsAt = "b", noon.Add(time.Hour)
	for _, s := range []alerts.Silence{first, second} {
		if err := db.SaveSilence(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	got, err := db.Silences(t.Context(), noon)
	if diff := gocmp.Diff([]alerts.Silence{second, first}, got); err != nil || diff != "" {
		t.Errorf("Silences() = %v (-want +got):\n%s", err, diff)
	}
	first.EndsAt = noon
	if err := db.SaveSilence(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Silences(t.Context(), noon); err != nil || len(got) != 1 || got[0].ID != "b" {
		t.Errorf("Silences() after one ended = %v, %v; want the other", got, err)
	}
}

func TestEpisodes(t *testing.T) {
	db := open(t)
	old, over, now := firing("a", 1), firing("b", 1), firing("c", 1)
	old.FiredAt, over.FiredAt, now.FiredAt = noon.Add(-48*time.Hour), noon.Add(-30*time.Hour), noon
	over.State, over.ResolvedAt = alerts.Resolved, noon.Add(-29*time.Hour)
	for _, a := range []alerts.Alert{old, over, now} {
		save(t, db, a)
	}
	got, err := db.Episodes(t.Context(), noon.Add(-24*time.Hour), noon.Add(time.Minute), 10)
	if err != nil || len(got) != 2 || got[0].Fingerprint != "c" || got[1].Fingerprint != "a" {
		t.Errorf("Episodes() = %+v, %v; want c, and a that still fires", got, err)
	}
	if got, err := db.Episodes(t.Context(), noon.Add(-100*time.Hour), noon, 1); err != nil || len(got) != 1 || got[0].Fingerprint != "b" {
		t.Errorf("Episodes(1, before noon) = %+v, %v; want the newest, b", got, err)
	}
}

func TestStandingDeliveries(t *testing.T) {
	db := open(t)
	for _, name := range []string{"fires", "lately", "long over", "dead", "never told"} {
		a := firing(name, 1)
		save(t, db, a, "slack")
		d := alerts.Delivery{
			Episode: a.Episode, Fingerprint: name, Receiver: "slack", Desired: 1, Delivered: 1, Told: "warning", Rolled: name == "fires",
			PostedAt: noon, RemindedAt: noon.Add(time.Hour), UpdatedAt: noon.Add(-48 * time.Hour), Dead: name == "dead",
		}
		if name == "never told" {
			d.Delivered = 0
		}
		if name == "lately" {
			d.UpdatedAt = noon
		}
		if err := db.SaveDelivery(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if name != "fires" && name != "dead" {
			a.State = alerts.Inactive
			save(t, db, a)
		}
	}
	got, err := db.StandingDeliveries(t.Context(), noon.Add(-24*time.Hour))
	if err != nil || len(got) != 2 {
		t.Fatalf("StandingDeliveries() = %+v, %v; want what fires and what was sent lately", got, err)
	}
	d := got[0].Delivery
	if d.Fingerprint != "fires" || !d.Rolled || d.Told != "warning" || !d.PostedAt.Equal(noon) || !d.RemindedAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("delivery = %+v; want all of it back", d)
	}
}

func TestWhoWasToldIsToldOfTheEnd(t *testing.T) {
	db := open(t)
	a := firing("a", 1)
	save(t, db, a, "slack", "log")
	if err := db.SaveDelivery(t.Context(), alerts.Delivery{Episode: a.Episode, Fingerprint: "a", Receiver: "slack", Desired: 1, Delivered: 1}); err != nil {
		t.Fatal(err)
	}
	save(t, db, resolved(a)) // routed to nobody now
	d := due(t, db, noon.Add(time.Hour))
	if len(d) != 2 || d[1].Delivery.Receiver != "slack" || d[1].Delivery.Desired != 2 || d[0].Delivery.Desired != 1 {
		t.Errorf("due = %+v; want the end for slack, and for log only what it was due", d)
	}
}

func TestDigestLog(t *testing.T) {
	db := open(t)
	if got, err := db.DigestUntil(t.Context(), "slack"); err != nil || !got.IsZero() {
		t.Errorf("DigestUntil() = %v, %v; want never", got, err)
	}
	for _, until := range []time.Time{noon, noon.Add(time.Hour)} {
		if err := db.SaveDigest(t.Context(), "slack", until); err != nil {
			t.Fatal(err)
		}
		if got, err := db.DigestUntil(t.Context(), "slack"); err != nil || !got.Equal(until) {
			t.Errorf("DigestUntil() = %v, %v; want %v", got, err, until)
		}
	}
}
