package claude

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var utc = time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC)

// parse reads headers given as a block of lines.
func parse(block string) (Headers, []error) {
	return ParseHeaders(func(yield func(string, string) bool) {
		for line := range strings.Lines(block) {
			name, value, ok := strings.Cut(line, ":")
			if ok && !yield(name, value) {
				return
			}
		}
	})
}

func TestParseHeaders(t *testing.T) {
	tests := map[string]struct {
		block string
		want  Headers
	}{
		"nothing of ours": {"content-type: application/json\nanthropic-version: 2023-06-01", Headers{}},
		"ids in any case": {
			"Request-Id: req_1\nANTHROPIC-ORGANIZATION-ID: org\nAnthropic-Workspace-Id: wrkspc_1",
			Headers{RequestID: "req_1", Organization: "org", Workspace: "wrkspc_1", Known: 3},
		},
		"a reading": {
			"anthropic-ratelimit-input-tokens-limit: 2000000\nAnthropic-Ratelimit-Input-Tokens-Remaining: 1999000\n" +
				"anthropic-ratelimit-input-tokens-reset: 2026-11-21T16:00:02Z",
			Headers{Known: 3, Readings: []Reading{{
				Limiter: "input_tokens", Limit: Some[int64](2e6), Remaining: Some[int64](1999000), Reset: utc.Add(2 * time.Second),
			}}},
		},
		"other zones": {
			"anthropic-ratelimit-requests-reset: 2026-11-21T17:00:02+01:00",
			Headers{Known: 1, Readings: []Reading{{Limiter: "requests", Reset: utc.Add(2 * time.Second)}}},
		},
		"special families": {
			"anthropic-priority-input-tokens-limit: 7\nanthropic-fast-output-tokens-remaining: 8",
			Headers{Known: 2, Readings: []Reading{
				{Limiter: "priority_input_tokens", Limit: Some[int64](7)}, {Limiter: "fast_output_tokens", Remaining: Some[int64](8)},
			}},
		},
		"subscription windows": {
			"anthropic-ratelimit-unified-status: allowed\nanthropic-ratelimit-unified-reset: 1795276800\n" +
				"anthropic-ratelimit-unified-5h-utilization: 1.04\nanthropic-ratelimit-unified-5h-status: rejected\n" +
				"anthropic-ratelimit-unified-5h-reset: 1795276800\nanthropic-ratelimit-unified-7d_opus-utilization: 0.5\n" +
				"anthropic-ratelimit-unified-5h-surpassed-threshold: 0.9\nanthropic-ratelimit-unified-representative-claim: five_hour",
			Headers{Known: 8, Readings: []Reading{
				{Limiter: "unified_5h", Utilization: Some(1.04), Status: "rejected", Reset: utc},
				{Limiter: "unified_7d_opus", Utilization: Some(0.5)},
			}},
		},
		"through gateways":  {"llm_provider-anthropic-ratelimit-tokens-limit: 5", Headers{Known: 1, Readings: []Reading{{Limiter: "tokens", Limit: Some[int64](5)}}}},
		"with underscores":  {"anthropic_ratelimit_tokens_limit: 5", Headers{Known: 1, Readings: []Reading{{Limiter: "tokens", Limit: Some[int64](5)}}}},
		"scrubbed or empty": {"request-id: <redacted>\nanthropic-organization-id:", Headers{}},
		"not a limiter":     {"anthropic-ratelimit-" + strings.Repeat("x", 41) + "-limit: 5\nanthropic-ratelimit-\x00-limit: 5\nanthropic-ratelimit-limit: 5", Headers{Known: 0}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, errs := parse(tt.block)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(Headers{}), cmp.AllowUnexported(Opt[int64]{}, Opt[float64]{})); diff != "" || errs != nil {
				t.Errorf("ParseHeaders() (-want +got), errors %v:\n%s", errs, diff)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	date := "date: " + utc.Format(http.TimeFormat) + "\n"
	later := utc.Add(12 * time.Second).Format(http.TimeFormat)
	for block, want := range map[string]Opt[float64]{
		"retry-after: 12":                               Some(12.0),
		"retry-after: 0.5":                              Some(0.5),
		"retry-after: 12\nretry-after-ms: 1500":         Some(1.5),
		"retry-after-ms: 1500\nretry-after: 12":         Some(1.5),
		date + "retry-after: " + later:                  Some(12.0),
		"retry-after: " + later + "\n" + date:           Some(12.0),
		"retry-after: " + later:                         {},
		"date: " + later + "\nretry-after: " + date[6:]: Some(0.0),
	} {
		if h, errs := parse(block); h.RetryAfter != want || errs != nil {
			t.Errorf("ParseHeaders(%q) = %v, %v; want %v", block, h.RetryAfter, errs, want)
		}
	}
}

func TestHeaderErrors(t *testing.T) {
	for block, want := range map[string]string{
		"anthropic-ratelimit-requests-limit: many":        `header anthropic-ratelimit-requests-limit: no number in range`,
		"anthropic-ratelimit-requests-remaining: -1":      `header anthropic-ratelimit-requests-remaining "-1": no number in range`,
		"anthropic-ratelimit-unified-5h-utilization: NaN": `header anthropic-ratelimit-unified-5h-utilization: no number in range`,
		"anthropic-ratelimit-requests-reset: soon":        `header anthropic-ratelimit-requests-reset: neither RFC 3339 nor epoch seconds`,
		"anthropic-ratelimit-requests-reset: -5":          `header anthropic-ratelimit-requests-reset "-5": neither RFC 3339 nor epoch seconds`,
		"retry-after: later":                              `header retry-after: no HTTP date`,
		"retry-after-ms: inf":                             `header retry-after-ms: no number in range`,
		"date: 2026":                                      `header date "2026": no HTTP date`,
		"retry-after: sk-ant-api03-canary":                `header retry-after: no HTTP date`,
	} {
		h, errs := parse(block + "\nrequest-id: req_1")
		if len(errs) != 1 || errs[0].Error() != want {
			t.Errorf("ParseHeaders(%q) errors = %v; want %s", block, errs, want)
		}
		if h.RequestID != "req_1" || len(h.Readings) != 0 || h.RetryAfter.Known() {
			t.Errorf("ParseHeaders(%q) = %+v; want the good header and nothing of the bad one", block, h)
		}
	}
}

func TestReadingsAreBounded(t *testing.T) {
	h, _ := ParseHeaders(func(yield func(string, string) bool) {
		for i := range 1000 {
			if !yield("anthropic-ratelimit-x"+strings.Repeat("a", i%30)+string(rune('a'+i/30%26))+"-limit", "1") {
				return
			}
		}
	})
	if n := len(h.Readings); n != maxReadings {
		t.Errorf("%d readings of hostile headers; want %d", n, maxReadings)
	}
}

func TestHeadersApply(t *testing.T) {
	h, _ := ParseHeaders(maps.All(map[string]string{
		"request-id": "req_h", "anthropic-organization-id": "org_h", "retry-after": "3",
		"anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-requests-remaining": "0",
	}))
	c := Call{Organization: "org_c", Readings: []Reading{{Limiter: "requests", Remaining: Some[int64](7)}}}
	h.Apply(&c)
	want := Call{RequestID: "req_h", Organization: "org_c", RetryAfterSeconds: Some(3.0), Readings: []Reading{
		{Limiter: "requests", Limit: Some[int64](50), Remaining: Some[int64](7)},
	}}
	if diff := cmp.Diff(want, c, cmpOpts); diff != "" {
		t.Errorf("Apply() (-want +got):\n%s", diff)
	}
}

func TestIsHeader(t *testing.T) {
	for name, want := range map[string]bool{
		"Anthropic-Ratelimit-Requests-Limit": true, "anthropic_ratelimit_requests_limit": true, "llm_provider-anthropic-workspace-id": true,
		"request-id": false, "anthropic-version": false, "message": false, "": false,
	} {
		if got := IsHeader(name); got != want {
			t.Errorf("IsHeader(%q) = %v; want %v", name, got, want)
		}
	}
}

// FuzzHeaders wants every reading of any header to be one that Validate lets pass, and the errors to be clean text.
func FuzzHeaders(f *testing.F) {
	f.Add("anthropic-ratelimit-input-tokens-limit", "2000000", "anthropic-ratelimit-input-tokens-reset", "2026-11-21T16:00:02Z")
	f.Add("anthropic-ratelimit-unified-7d_opus-utilization", "0.42", "anthropic-ratelimit-unified-5h-reset", "1795276800")
	f.Add("retry-after", "Sat, 21 Nov 2026 16:00:00 GMT", "date", "Sat, 21 Nov 2026 15:59:00 GMT")
	f.Add("retry-after-ms", "1e3", "LLM_PROVIDER-anthropic-fast-output-tokens-remaining", "\x00")
	f.Add("anthropic-ratelimit-requests-reset", "0001-01-01T00:00:00Z", "anthropic-ratelimit-tokens-reset", "9999-12-31T23:59:59-01:00")
	f.Add("anthropic-ratelimit--limit", "1", "anthropic-priority-limit", "9e99")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		h, errs := ParseHeaders(func(yield func(string, string) bool) {
			_ = yield(name1, value1) && yield(name2, value2)
		})
		c := Call{Status: 429, Time: utc}
		h.Apply(&c)
		c.Clean()
		if err := c.Validate(); err != nil {
			t.Errorf("ParseHeaders(%q: %q, %q: %q) gives a call that is refused: %v", name1, value1, name2, value2, err)
		}
		for _, r := range c.Readings {
			if r == (Reading{Limiter: r.Limiter}) {
				t.Errorf("ParseHeaders(%q: %q, %q: %q) gives a reading that says nothing", name1, value1, name2, value2)
			}
		}
		for _, err := range errs {
			if !isClean(err.Error()) || len(err.Error()) > 3000 {
				t.Errorf("error is not clean: %q", err)
			}
		}
	})
}
