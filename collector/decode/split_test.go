package decode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/claudewatch/claudewatch/collector"
)

// TestSplit holds which objects are many records, and which are one that has lists.
func TestSplit(t *testing.T) {
	const a = `{"time":"2026-11-21T16:00:01Z","model":"claude-sonnet-5","request_id":"req_011TestSplitA","usage":{"input_tokens":1,"output_tokens":2}}`
	const b = `{"time":"2026-11-21T16:00:02Z","model":"claude-opus-5","request_id":"req_011TestSplitB","usage":{"input_tokens":3,"output_tokens":4}}`
	const row = `{"model":"claude-opus-5","input_tokens":3,"output_tokens":4}`
	for line, want := range map[string]string{
		`{"logs":[` + a + `,` + b + `]}`: "A1 B3",
		`{"logs":[` + a + `]}`:           "A1",
		`{"data":{"items":[` + a + `,{"time":"2026-11-21T16:00:01Z"},` + b + `]}}`:              "A1 B3",
		`[{"records":[` + a + `,` + b + `]},` + strings.ReplaceAll(a, "SplitA", "SplitC") + `]`: "A1 B3 C1",
		`{"batch":[{"events":[` + a + `,` + b + `]}]}`:                                          "A1 B3",
		`{"results":[` + row + `,` + row + `]}`:                                                 "",
		`{"prompt":{"logs":[` + a + `,` + b + `]}}`:                                             "",
		strings.Replace(a, `"usage"`, `"events":[{"name":"x"},`+b+`],"usage"`, 1):               "A1",
		`{"logs":[` + a + `,` + b:                                                               "",
	} {
		o := newDecoder(t, Options{}).Decode(collector.Line{Text: []byte(line)}, testNow)
		var got []string
		for _, c := range o.Calls {
			got = append(got, fmt.Sprintf("%s%d", strings.TrimPrefix(c.RequestID, "req_011TestSplit"), c.Usage.InputTokens.Or(-1)))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("Decode(%s) = %q; want %q", line, s, want)
		}
	}
}
