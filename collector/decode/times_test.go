package decode

import (
	"testing"
	"time"
)

func TestStampWithoutZoneOrYear(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2027, 1, 1, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		line string
		zone *time.Location
		want string
	}{
		{"2026-07-01 12:00:00 x", time.UTC, "2026-07-01T12:00:00Z"},
		{"2026-07-01 12:00:00 x", berlin, "2026-07-01T10:00:00Z"},
		{"2026-07-01 12:00:00Z x", berlin, "2026-07-01T12:00:00Z"},
		{"Dec 31 23:59:59 web1 x", time.UTC, "2026-12-31T23:59:59Z"},
		{"Jan  1 10:59:59 web1 x", berlin, "2027-01-01T09:59:59Z"},
		{"Jan  2 09:00:00 web1 x", time.UTC, "2027-01-02T09:00:00Z"}, // a clock that is ahead
		{"Jan  2 11:00:00 web1 x", time.UTC, "2026-01-02T11:00:00Z"},
		{"Feb 29 12:00:00 web1 x", time.UTC, "2024-02-29T12:00:00Z"},
		{"no time", berlin, "0001-01-01T00:00:00Z"},
	} {
		if got := prefixStamp([]byte(c.line)).in(c.zone, now).at.Format(time.RFC3339); got != c.want {
			t.Errorf("time of %q in %s = %s; want %s", c.line, c.zone, got, c.want)
		}
	}
}

func TestDecoderKnowsTheZone(t *testing.T) {
	const head = "Nov 16 11:15:01 web1 app: "
	logs := map[string]string{
		"a line": head + "POST https://api.anthropic.com/v1/messages status=429 request_id=req_011CZAY8x1\n",
		"a response's head": head + "< HTTP/1.1 200 OK\n" + head + "< content-type: text/event-stream\n" + head + "< \n" +
			`data: {"type":"message_start","message":{"id":"msg_01Zone","model":"claude-opus-5","usage":{"input_tokens":5,"output_tokens":1}}}` +
			"\n\ndata: {\"type\":\"message_stop\"}\n\n",
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for zone, want := range map[*time.Location]time.Time{
		nil:    time.Date(2026, 11, 16, 11, 15, 1, 0, time.UTC),
		berlin: time.Date(2026, 11, 16, 10, 15, 1, 0, time.UTC),
	} {
		for name, log := range logs {
			calls, _ := decodeAll(t, []byte(log), Options{Zone: zone})
			if len(calls) != 1 || !calls[0].Time.Equal(want) || calls[0].Undated {
				t.Errorf("%s in %v: %+v; want a call at %v", name, zone, calls, want)
			}
		}
	}
}
