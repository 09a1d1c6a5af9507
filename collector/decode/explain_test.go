package decode

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// TestExplainChangesNothing holds that a decoder which explains itself finds the same calls, and lets no private text out.
func TestExplainChangesNothing(t *testing.T) {
	for path, log := range testLogs(t) {
		want, ws := decodeAll(t, log, Options{Source: "test"})
		got, gs := decodeAll(t, log, Options{Source: "test", Explain: true})
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(claude.Call{}, "Provenance")); diff != "" {
			t.Errorf("%s (-plain +explained):\n%s", path, diff)
		}
		if diff := cmp.Diff(ws, gs); diff != "" {
			t.Errorf("%s (-plain +explained):\n%s", path, diff)
		}
		for _, c := range got {
			if c.Provenance == nil {
				t.Errorf("%s: call %s has no provenance", path, asJSON(t, c))
				continue
			}
			if notes := asJSON(t, c.Provenance); strings.Contains(notes, canary) {
				t.Errorf("%s: provenance lets private text out: %s", path, notes)
			}
		}
	}
}

func noteOf(c claude.Call, field string) string {
	for _, n := range slices.Backward(c.Provenance.Notes) {
		if n.Field == field && n.How != claude.NoteDerived {
			return fmt.Sprintf("%s %s %s:%d", n.Value, n.How, n.Name, n.Line)
		}
	}
	return ""
}

func TestExplain(t *testing.T) {
	log := "hello\n" +
		`{"ts":"2026-11-21T16:00:01Z","llm":{"model":"claude-opus-5","headers":{"request-id":"req_01Why","anthropic-ratelimit-requests-limit":"50"}},` +
		`"input_tokens":1,"usage":{"input_tokens":7,"output_tokens":8},"status":200,"who":{"id":"u-1"}}` + "\n" +
		"2026-11-21 16:00:02 ERROR calling claude-haiku-4-5: Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'CANARY'}}\n" +
		"HTTP/1.1 200 OK\nrequest-id: req_01Head\nanthropic-ratelimit-requests-limit: 60\n\n" + `{"type":"message","model":"claude-opus-5","usage":{"input_tokens":3,"output_tokens":4}}` + "\n" +
		"ERROR something else\n"
	o := Options{App: "shop", Fields: map[string]string{"user": "who.id"}, Explain: true}
	var fates []string
	o.Observe = func(line int64, out collector.Outcome) {
		fates = append(fates, fmt.Sprintf("%d %s%s %d", line, out.Format, out.Skipped, len(out.Calls)))
	}
	calls, _ := decodeAll(t, []byte(log), o)
	if len(calls) != 3 {
		t.Fatalf("File() = %d calls; want 3", len(calls))
	}
	for i, want := range []map[string]string{
		{
			"time": "2026-11-21T16:00:01Z key ts:2", "model": "claude-opus-5 key llm.model:2", "request_id": "req_01Why header llm.headers.request-id:2",
			"readings.requests.limit": "50 header llm.headers.anthropic-ratelimit-requests-limit:2", "usage.input_tokens": "7 key usage.input_tokens:2",
			"status": "200 key status:2", "user": " mapped who.id:2", "app": "shop configured app:2",
		},
		{"time": " text what stands before the record:3", "model": " text words of the line:3", "status": " text words before the error:3", "error_type": "overloaded_error key error.type:3"},
		{
			"request_id": "req_01Head header request-id:5", "readings.requests.limit": "60 header anthropic-ratelimit-requests-limit:6", "status": " text status line:4",
			"usage.output_tokens": "4 key usage.output_tokens:8",
		},
	} {
		for field, note := range want {
			if got := noteOf(calls[i], field); got != note {
				t.Errorf("call %d: %s = %q; want %q", i, field, got, note)
			}
		}
	}
	want := []string{"1 not claude 0", "2 json 1", "3 text 1", "4 http 0", "5 http 0", "6 http 0", "7 http 0", "8 http 1", "9 not claude 0"}
	if diff := cmp.Diff(want, fates); diff != "" {
		t.Errorf("Observe (-want +got):\n%s", diff)
	}
}

// TestExplainedSightings holds that the notes of all sightings stay with a call.
func TestExplainedSightings(t *testing.T) {
	log := `{"model":"claude-opus-5","request_id":"req_01Two","status":200}` + "\n" + `{"request_id":"req_01Two","model":"claude-opus-5","usage":{"input_tokens":7,"output_tokens":8}}` + "\n"
	var calls []claude.Call
	if _, err := File(context.Background(), strings.NewReader(log), newDecoder(t, Options{Explain: true}), func(c []claude.Call) error {
		calls = append(calls, c...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	merged := Merge(calls)
	if len(merged) != 1 || noteOf(merged[0], "usage.input_tokens") != "7 key usage.input_tokens:2" || noteOf(merged[0], "status") != "200 key status:1" {
		t.Errorf("Merge() = %s, notes %s; want both lines' notes", asJSON(t, merged), asJSON(t, merged[0].Provenance))
	}
}
