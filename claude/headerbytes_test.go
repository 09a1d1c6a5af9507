package claude

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// addBlock adds the lines of a block, by text and by bytes, and holds that both say the same.
func addBlock(t *testing.T, block []byte) Headers {
	t.Helper()
	var text, raw Headers
	raw.Add("anthropic-ratelimit-tokens-limit", "7") //nolint:errcheck // only to be forgotten
	raw.Add("anthropic-organization-id", "before")   //nolint:errcheck // only to be forgotten
	raw.Reset()
	for line := range bytes.SplitSeq(block, []byte{'\n'}) {
		name, value, _ := bytes.Cut(line, []byte{':'})
		want := text.Add(string(name), string(value))
		kept := slices.Clone(line)
		name, value, _ = bytes.Cut(kept, []byte{':'})
		got := raw.AddBytes(name, value)
		if (want == nil) != (got == nil) || want != nil && want.Error() != got.Error() {
			t.Errorf("AddBytes(%q) = %v; want %v", line, got, want)
		}
		for i := range kept {
			kept[i] = 'x' // nothing may point into it
		}
	}
	raw.lastOrg, raw.lastSpace = "", ""
	if len(raw.Readings) == 0 {
		raw.Readings = nil
	}
	if diff := cmp.Diff(text, raw, cmp.AllowUnexported(Headers{}), cmp.AllowUnexported(Opt[int64]{}, Opt[float64]{})); diff != "" {
		t.Errorf("AddBytes(%q) (-Add +AddBytes):\n%s", block, diff)
	}
	return raw
}

// blocks are headers in their usual form and in all kinds of unusual ones.
var blocks = []string{
	"request-id: req_011\nanthropic-organization-id: org\nanthropic-workspace-id: wrkspc_1\ndate: Sat, 21 Nov 2026 18:56:49 GMT",
	"Request-Id: req_011\nAnthropic-Organization-Id: before\nDate: Sun, 01 Mar 2026 00:00:00 GMT\nRetry-After: 12",
	"anthropic-ratelimit-input-tokens-limit: 5000000\nanthropic-ratelimit-input-tokens-remaining:0\nanthropic-ratelimit-input-tokens-reset:2026-11-21T18:57:08Z",
	"Anthropic-Ratelimit-Requests-Limit: 007\nANTHROPIC-RATELIMIT-REQUESTS-RESET: 2026-02-28T23:59:59Z\nanthropic-ratelimit-requests-remaining: -1",
	"llm_provider-anthropic-ratelimit-tokens-limit: 5\nanthropic_ratelimit_tokens_remaining: 4\nllm_provider-anthropic_priority_input_tokens_limit: 3",
	"anthropic-priority-input-tokens-limit: 1\nanthropic-priority-output-tokens-limit: 2\nanthropic-fast-input-tokens-limit: 3\nanthropic-fast-output-tokens-limit: 4",
	"anthropic-ratelimit-unified-5h-utilization: 0.42\nanthropic-ratelimit-unified-5h-reset: 1795287409\nanthropic-ratelimit-unified-status: allowed",
	"anthropic-ratelimit-tokens-reset: 2026-02-29T00:00:00Z\nanthropic-ratelimit-tokens-reset: 2024-02-29T00:00:00Z\nanthropic-ratelimit-tokens-reset: 2026-11-21T18:57:08.5+01:00",
	"anthropic-ratelimit-tokens-limit: 1e3\nanthropic-ratelimit-tokens-limit: 9999999999999999\nanthropic-ratelimit-tokens-limit: +5\nanthropic-ratelimit-tokens-limit: 1_0",
	"date: Sat, 31 Nov 2026 18:56:49 GMT\ndate: Xxx, 21 Nov 2026 18:56:49 GMT\ndate: Sat, 21 Nov 2026 24:56:49 GMT\ndate: sat, 21 nov 2026 18:56:49 gmt\ndate: Sat, 21 Nov 2026 18:56:49 UTC",
	"retry-after: Sat, 21 Nov 2026 18:57:49 GMT\ndate: Sat, 21 Nov 2026 18:56:49 GMT\nretry-after-ms: 1500\nrequest-id: <redacted>\nrequest-id:",
	" request-id : req_1\nrequest-\u0130d: req_2\nanthropic-ratelimit--limit: 1\n-limit: 1\nanthropic-ratelimit-tokens-what: 1\nanthropic-ratelimit-tokens-limit: <",
}

func TestAddBytes(t *testing.T) {
	for _, b := range blocks {
		addBlock(t, []byte(b))
	}
	h := addBlock(t, []byte(blocks[2]))
	want := []Reading{{Limiter: LimiterInputTokens, Limit: Some[int64](5000000), Remaining: Some[int64](0), Reset: time.Date(2026, 11, 21, 18, 57, 8, 0, time.UTC)}}
	if diff := cmp.Diff(want, h.Readings, cmp.AllowUnexported(Opt[int64]{}, Opt[float64]{})); diff != "" || h.Known != 3 {
		t.Errorf("AddBytes(%q) (-want +got), %d known:\n%s", blocks[2], h.Known, diff)
	}
}

// TestUsualTimes holds the times that are read by hand to what the library makes of them, a day at a time.
func TestUsualTimes(t *testing.T) {
	n := 0
	for at := time.Date(1969, 12, 30, 23, 59, 58, 0, time.UTC); at.Year() <= 2200; at = at.Add(24*time.Hour + 61*time.Second) {
		for _, read := range []struct {
			layout string
			f      func([]byte) (time.Time, bool)
		}{{"2006-01-02T15:04:05Z", UsualTime}, {"Mon, 02 Jan 2006 15:04:05 GMT", UsualDate}} {
			text := at.Format(read.layout)
			got, ok := read.f([]byte(text))
			if ok && got != at {
				t.Fatalf("read %s = %v; want %v", text, got, at)
			}
			if wanted := at.Year() >= 1970 && at.Year() <= 2199 && (at.Day() != 29 || at.Month() != time.February); ok != wanted {
				t.Fatalf("read %s = %v; want %v", text, ok, wanted)
			}
			n++
		}
	}
	if n < 160000 {
		t.Errorf("%d times were read; want 160000 and more", n)
	}
}

// TestAddBytesAllocations holds that what every response has costs memory only for the id.
func TestAddBytesAllocations(t *testing.T) {
	var h Headers
	lines := bytes.Split([]byte(blocks[0]+"\n"+blocks[2]), []byte{'\n'})
	add := func() {
		h.Reset()
		for _, l := range lines {
			name, value, _ := bytes.Cut(l, []byte{':'})
			if err := h.AddBytes(name, value); err != nil {
				t.Fatalf("AddBytes(%q) = %v; want no error", l, err)
			}
		}
	}
	add()
	if n := testing.AllocsPerRun(100, add); n > 1 {
		t.Errorf("%g allocations for the headers of one response; want 1", n)
	}
}

func FuzzAddBytes(f *testing.F) {
	for _, b := range blocks {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, block []byte) { addBlock(t, block) })
}
