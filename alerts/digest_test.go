package alerts

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// diary is a source, a log and a receiver of digests.
type diary struct {
	until map[string]time.Time
	got   []Digest
	err   error
}

func (d *diary) Digest(_ context.Context, from, to time.Time) (Digest, error) {
	return Digest{From: from, To: to}, nil
}

func (d *diary) DigestUntil(_ context.Context, receiver string) (time.Time, error) {
	return d.until[receiver], nil
}

func (d *diary) SaveDigest(_ context.Context, receiver string, until time.Time) error {
	d.until[receiver] = until
	return nil
}

func (*diary) Name() string { return "chat" }

func (d *diary) SendDigest(_ context.Context, x Digest) error {
	if d.err != nil {
		return d.err
	}
	d.got = append(d.got, x)
	return nil
}

// digesting runs a digester for a while.
func digesting(t *testing.T, d *diary, zone *time.Location, span time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	x, err := NewDigester(DigesterOptions{Source: d, Log: d, Plans: []DigestPlan{{Receiver: d, Hour: 9, Zone: zone}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Run(ctx); err != nil {
		t.Error(err)
	}
}

func TestOneDigestADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which begins at midnight UTC
		d := &diary{until: map[string]time.Time{}}
		digesting(t, d, time.UTC, 12*time.Hour)
		digesting(t, d, time.UTC, 48*time.Hour) // a restart in between
		var hours []int
		for _, x := range d.got {
			if x.To.Hour() != 9 || x.To.Sub(x.From) != 24*time.Hour {
				t.Errorf("digest of %s to %s; want the 24 hours until 9", x.From, x.To)
			}
			hours = append(hours, x.To.Day())
		}
		if len(hours) != 3 {
			t.Errorf("digests on %v; want one on each of three days", hours)
		}
	})
}

func TestDigestIsLateButNotTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{until: map[string]time.Time{}, err: &SendError{Reason: "status 503"}}
		pass(9 * time.Hour)
		digesting(t, d, time.UTC, 2*time.Hour)
		d.err = nil
		digesting(t, d, time.UTC, time.Minute)
		if len(d.got) != 1 {
			t.Errorf("%d digests after an outage of two hours; want 1", len(d.got))
		}
		d.err = errors.New("down")
		digesting(t, d, time.UTC, 29*time.Hour) // to 16:01 of the next day
		d.err = nil
		digesting(t, d, time.UTC, time.Hour)
		if len(d.got) != 1 {
			t.Errorf("%d digests; want the one that is seven hours late left out", len(d.got))
		}
	})
}

func TestDigestAtTheReadersTime(t *testing.T) {
	zone := time.FixedZone("east", 5*3600+1800)
	p := DigestPlan{Hour: 9, Zone: zone}
	now := time.Date(2026, 11, 21, 3, 29, 0, 0, time.UTC) // 8:59 there
	if got, want := p.last(now), time.Date(2026, 11, 20, 9, 0, 0, 0, zone); !got.Equal(want) {
		t.Errorf("last(%s) = %s; want %s", now, got, want)
	}
	if got, want := p.last(now.Add(time.Minute)), time.Date(2026, 11, 21, 9, 0, 0, 0, zone); !got.Equal(want) {
		t.Errorf("last() a minute later = %s; want %s", got, want)
	}
}

func TestDigestText(t *testing.T) {
	d := Digest{From: t0, To: t0.Add(24 * time.Hour), Calls: claude.Some[int64](1234567), CostUSD: claude.Some(0.999), Retries: claude.Some[int64](3), RetryDelay: claude.Some(90 * time.Second), Unpriced: claude.Some[int64](5000)}
	want := []Field{
		{"Calls", "1,234,567"},
		{"Tokens", "unknown"},
		{"Cost", "1.00 USD"},
		{"Without a price", "5,000 tokens"},
		{"Refused with 429", "unknown"},
		{"Overloaded (529)", "unknown"},
		{"Retries", "3, told to wait 1 min 30 s in all"},
	}
	if diff := cmp.Diff(want, d.Totals()); diff != "" {
		t.Errorf("Totals() (-want +got):\n%s", diff)
	}
}
