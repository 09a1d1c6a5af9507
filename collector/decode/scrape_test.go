package decode

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScrapeHeaders(t *testing.T) {
	want := map[string]string{
		"request-id": "req_011Test", "anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-requests-reset": "2026-11-17T16:00:01Z",
		"date": "Tue, 17 Nov 2026 16:00:01 GMT",
	}
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nRequest-Id: req_011Test\r\nServer: x\r\nAnthropic-Ratelimit-Requests-Limit: 50\r\nAnthropic-Ratelimit-Requests-Reset: 2026-11-17T16:00:01Z\r\nDate: Tue, 17 Nov 2026 16:00:01 GMT\r\n",
		`{'date': 'Tue, 17 Nov 2026 16:00:01 GMT', 'request-id': 'req_011Test', 'anthropic-ratelimit-requests-limit': '50', 'anthropic-ratelimit-requests-reset': '2026-11-17T16:00:01Z'}`,
		`[('date', 'Tue, 17 Nov 2026 16:00:01 GMT'), ('request-id', 'req_011Test'), ('anthropic-ratelimit-requests-limit', '50'), ('anthropic-ratelimit-requests-reset', '2026-11-17T16:00:01Z')]`,
		`[(b'Date', b'Tue, 17 Nov 2026 16:00:01 GMT'), (b'request-id', b'req_011Test'), (b'anthropic-ratelimit-requests-limit', b'50'), (b'anthropic-ratelimit-requests-reset', b'2026-11-17T16:00:01Z')]`,
		`map[Anthropic-Ratelimit-Requests-Limit:[50] Anthropic-Ratelimit-Requests-Reset:[2026-11-17T16:00:01Z] Date:[Tue, 17 Nov 2026 16:00:01 GMT] Request-Id:[req_011Test]]`,
		`%{"anthropic-ratelimit-requests-limit" => ["50"], "anthropic-ratelimit-requests-reset" => ["2026-11-17T16:00:01Z"], "date" => ["Tue, 17 Nov 2026 16:00:01 GMT"], "request-id" => ["req_011Test"]}`,
		`{ 'anthropic-ratelimit-requests-limit': [ '50' ], 'anthropic-ratelimit-requests-reset': '2026-11-17T16:00:01Z', date: 'Tue, 17 Nov 2026 16:00:01 GMT', 'request-id': 'req_011Test' }`,
		`{\"date\": \"Tue, 17 Nov 2026 16:00:01 GMT\", \"request-id\": \"req_011Test\", \"anthropic-ratelimit-requests-limit\": \"50\", \"anthropic-ratelimit-requests-reset\": \"2026-11-17T16:00:01Z\"}`,
	} {
		got := map[string]string{}
		scrapeHeaders([]byte(text), func(name, value []byte) { got[strings.ToLower(string(name))] = string(value) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("scrapeHeaders(%s) (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"request-id", "request-id:", "request-id: " + strings.Repeat("x", maxValue), "request-id: '" + strings.Repeat("x", maxValue) + "'", "date date"} {
		scrapeHeaders([]byte(text), func(name, value []byte) {
			t.Errorf("scrapeHeaders(%.40s) = %s: %.40s; want nothing", text, name, value)
		})
	}
}

func TestPrefixStamp(t *testing.T) {
	for text, want := range map[string]string{
		"[2026-11-17 16:00:01 - httpx:1025 - INFO]":            "2026-11-17T16:00:01Z",
		"2026-11-17 16:00:01,250 INFO":                         "2026-11-17T16:00:01.25Z",
		"2026/11/17 16:00:01 x":                                "2026-11-17T16:00:01Z",
		"web-1 | 2026-11-17T16:00:01.5+01:00 x":                "2026-11-17T15:00:01.5Z",
		"2026-11-17 16:00:01.123456 +0200 x":                   "2026-11-17T14:00:01.123456Z",
		"2026-11-17T16:00:01Z x":                               "2026-11-17T16:00:01Z",
		"no time":                                              "0001-01-01T00:00:00Z",
		`10.0.0.1 - - [17/Nov/2026:16:00:01 +0200] "POST`:      "2026-11-17T14:00:01Z",
		"Nov 17 16:00:01 web1 app[812]: x":                     "0000-11-17T16:00:01Z",
		"<134>Nov  7 16:00:01 web1 app[812]: x":                "0000-11-07T16:00:01Z",
		"Nov 17 16:00:01 web1 app: 2026-11-17T16:00:00.5Z x":   "2026-11-17T16:00:00.5Z",
		"[Tue Nov 17 16:00:01.123456 2026] [x:error] y":        "2026-11-17T16:00:01.123456Z",
		"Tue Nov 17 16:00:01 UTC 2026 x":                       "2026-11-17T16:00:01Z",
		"Tue, 17 Nov 2026 16:00:01 GMT x":                      "2026-11-17T16:00:01Z",
		"Tue Nov 17 2026 16:00:01 GMT+0100 (CET) x":            "2026-11-17T15:00:01Z",
		"12345:M 17 Nov 2026 16:00:01.250 # x":                 "2026-11-17T16:00:01.25Z",
		"17-Nov-2026 16:00:01.250 INFO [main] x":               "2026-11-17T16:00:01.25Z",
		"[17-Nov-2026 16:00:01 UTC] PHP Warning: x":            "2026-11-17T16:00:01Z",
		"Nov 17, 2026 4:00:01 PM com.example.App call":         "2026-11-17T16:00:01Z",
		"[Nest] 7  - 11/17/2026, 4:00:01 PM     LOG [x] y":     "2026-11-17T16:00:01Z",
		"W1117 16:00:01.250000       1 main.go:12] x":          "0000-11-17T16:00:01.25Z",
		"1794931201.250 x":                                     "2026-11-17T16:00:01.25Z",
		"[1794931201250] x":                                    "2026-11-17T16:00:01.25Z",
		"20261117T160001Z x":                                   "2026-11-17T16:00:01Z",
		"order 1794931201 x":                                   "0001-01-01T00:00:00Z",
		"1794931201x 17":                                       "0001-01-01T00:00:00Z",
		"Nov 99 16:00:01 web1 app[812]: x":                     "0001-01-01T00:00:00Z",
		"May be 16:00:01":                                      "0001-01-01T00:00:00Z",
		"status 11/17/2026 x":                                  "0001-01-01T00:00:00Z",
		"2026-99-17 16:00:01":                                  "0001-01-01T00:00:00Z",
		strings.Repeat("x", prefixLen) + "2026-11-17 16:00:01": "0001-01-01T00:00:00Z",
	} {
		if got := prefixStamp([]byte(text)).at.Format("2006-01-02T15:04:05.999999999Z07:00"); got != want {
			t.Errorf("prefixStamp(%q) = %s; want %s", text, got, want)
		}
	}
	for raw, want := range map[string]string{
		"1794931201": "2026-11-17T16:00:01Z", "1794931201.5": "2026-11-17T16:00:01.5Z", "1794931201123": "2026-11-17T16:00:01.123Z",
		"1794931201123456": "2026-11-17T16:00:01.123456Z", "1794931201123456789": "2026-11-17T16:00:01.123456789Z", "12": "0001-01-01T00:00:00Z",
	} {
		if got := parseStamp(scalar{kindNumber, []byte(raw)}).at.Format("2006-01-02T15:04:05.999999999Z07:00"); got != want {
			t.Errorf("parseStamp(%s) = %s; want %s", raw, got, want)
		}
	}
}
