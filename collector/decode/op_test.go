package decode

import (
	"testing"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// TestUsualStamp holds the quick ways of reading a time to the slow one.
func TestUsualStamp(t *testing.T) {
	quick := 0
	for _, raw := range []string{
		"1795255200001", "0946684799999", "7258118400000", "1795255200", "17952552000010", "2026-11-21T10:00:00Z", "2026-11-21T10:00:00.1Z", "2026-11-21T10:00:00.123456789Z",
		"2026-11-31T10:00:00Z", "2026-11-30T10:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T10:00:00.Z", "2026-11-21T10:00:00.1234567890Z", "2026-11-21T10:00:00,123Z",
		"1999-12-31T10:00:00Z", "2026-11-21T10:00:00.12x4Z", "2026-11-21T10:00:00+00:00", "2026-11-21 10:00:00", "", "x", "1e12", "1795255200.001Z",
	} {
		for _, k := range []kind{kindNumber, kindString} {
			s := scalar{k, []byte(raw)}
			got, want := usualStamp(s), parseStamp(s)
			if !got.at.Equal(want.at) || got.zoned != want.zoned || got.at.Location() != want.at.Location() {
				t.Errorf("usualStamp(%d, %q) = %v; want %v", k, raw, got, want)
			}
			if got.known() {
				quick++
			}
		}
	}
	if quick < 10 {
		t.Errorf("%d times were read; want some", quick)
	}
}

// TestMoment holds the reading of resets by their day to that of the whole.
func TestMoment(t *testing.T) {
	var m opMore
	for _, raw := range []string{
		"2026-11-21T10:00:19Z", "2026-11-21T10:00:20Z", "2026-11-22T00:00:00Z", "2026-11-22T23:59:59Z", "2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z", "2026-11-22T10:00:60Z",
		"2026-11-22T10-00:00Z", "2026-11-22T10:00:00+", "2026-11-22T1x:00:00Z", "2026-11-22T10:00:00", "2026-11-31T10:00:00Z", "1970-01-01T00:00:00Z", "", "2026-13-01T00:00:00Z",
	} {
		got, ok := m.moment([]byte(raw))
		want, wanted := claude.UsualTime([]byte(raw))
		if ok != wanted || ok && (!got.Equal(want) || got != want) {
			t.Errorf("moment(%q) = %v, %v; want %v, %v", raw, got, ok, want, wanted)
		}
	}
	if m.at.Hour() != 0 || m.at.Equal(time.Time{}) {
		t.Errorf("the day is %v; want a midnight", m.at)
	}
}
