package decode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

// feed decodes lines at a time and returns the ids and statuses of the calls.
func feed(d *Decoder, now time.Time, lines ...string) []string {
	var got []string
	for _, line := range lines {
		for _, c := range d.Decode(collector.Line{Text: []byte(line)}, now).Calls {
			got = append(got, fmt.Sprintf("%s %d", c.RequestID, c.Status))
		}
	}
	return got
}

// held is the record that is open, or nil.
func held(d *Decoder) *dump {
	if l := d.lanes[""]; l != nil {
		return l.dump
	}
	return nil
}

// TestDumpIdle holds that a record whose end doesn't come is told after two seconds, and one that goes on is waited for.
func TestDumpIdle(t *testing.T) {
	d := newDecoder(t, Options{})
	if got := feed(d, testNow, "HTTP/1.1 429 Too Many Requests", "request-id: req_011TestI1"); len(got) != 0 {
		t.Fatalf("feed(head) = %v; want it held back", got)
	}
	feed(d, testNow.Add(time.Second), "anthropic-ratelimit-requests-limit: 5000")
	if calls := d.Flush(testNow.Add(time.Second+dumpIdle-1), false); len(calls) != 0 {
		t.Errorf("Flush(before the wait) = %d calls; want 0", len(calls))
	}
	calls := d.Flush(testNow.Add(time.Second+dumpIdle), false)
	if len(calls) != 1 || calls[0].RequestID != "req_011TestI1" || calls[0].Status != 429 || len(calls[0].Readings) != 1 {
		t.Errorf("Flush(after the wait) = %+v; want the head's call", calls)
	}
	if offset, state := d.Resume(); offset != 0 || state != nil || len(d.lanes) != 0 {
		t.Errorf("Resume() = %d, %s with %d lanes after the wait; want nothing open", offset, state, len(d.lanes))
	}
	feed(d, testNow, "{", ` "status": 200,`)
	got := feed(d, testNow.Add(dumpIdle), `{"model":"claude-opus-5","status":200,"request_id":"req_011TestI2"}`)
	if diff := cmp.Diff([]string{"req_011TestI2 200"}, got); diff != "" {
		t.Errorf("a line after the wait (-want +got):\n%s", diff)
	}
}

// TestDumpBounds floods records of several lines: what is no record comes out line by line, and no more than the bounds is held.
func TestDumpBounds(t *testing.T) {
	call := ` {"model":"claude-opus-5","status":200,"request_id":"req_011TestB%03d"}`
	d := newDecoder(t, Options{})
	lines := []string{"open {"}
	for i := range 3 * maxDumpLines {
		lines = append(lines, fmt.Sprintf(call, i))
	}
	got := feed(d, testNow, lines...)
	if len(got) != 3*maxDumpLines || held(d) != nil {
		t.Errorf("feed(%d lines below a bracket) = %d calls, open %v; want all, none open", len(lines), len(got), held(d) != nil)
	}
	d = newDecoder(t, Options{})
	feed(d, testNow, "HTTP/1.1 200 OK", "request-id: req_011TestB")
	for range 3 {
		feed(d, testNow, "x-pad: "+strings.Repeat("x", maxDumpBytes/2))
		if x := held(d); x != nil && x.size > maxDumpBytes {
			t.Errorf("%d bytes held; want at most %d", x.size, maxDumpBytes)
		}
	}
	if x := held(d); x != nil {
		t.Errorf("a head of %d bytes is still open; want it closed at %d", x.size, maxDumpBytes)
	}
}

// TestDumpStreams holds that records of a container's two streams don't mix.
func TestDumpStreams(t *testing.T) {
	docker := func(stream, text string) string {
		data, err := json.Marshal(text + "\n")
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"log":%s,"stream":"%s","time":"2026-11-17T16:00:01Z"}`, data, stream)
	}
	got := feed(newDecoder(t, Options{}), testNow,
		docker("stdout", "HTTP/1.1 200 OK"), docker("stderr", "HTTP/1.1 429 Too Many Requests"),
		docker("stdout", "request-id: req_011TestM1"), docker("stderr", "request-id: req_011TestM2"),
		docker("stdout", ""), docker("stderr", ""),
		docker("stderr", `{"type":"error","error":{"type":"rate_limit_error","message":"CANARY"}}`),
		docker("stdout", `{"id":"msg_01TestM1","type":"message","model":"claude-opus-5","usage":{"input_tokens":1,"output_tokens":2}}`))
	if diff := cmp.Diff([]string{"req_011TestM2 429", "req_011TestM1 200"}, got); diff != "" {
		t.Errorf("two streams (-want +got):\n%s", diff)
	}
}

// TestNoDump holds what is no record of several lines.
func TestNoDump(t *testing.T) {
	for _, line := range []string{
		`192.0.2.1 - - "GET /x HTTP/1.1" 200 512`, `POST /v1/messages HTTP/1.1`, `HTTP/1.1 2000`, `HTTP/1.1`, `HTTP 99x`,
		`{"a":"HTTP/1.1 200 OK"}`, `status: ok`, `status: 4290`, `-->`, `<-- 99`, `'anthropic-ratelimit-requests-limit': '5'`,
		`HTTP/1.1 200 {"usage":1}`, `xHTTP/1.1 200 OK`, "",
	} {
		d := newDecoder(t, Options{})
		feed(d, testNow, line)
		if x := held(d); x != nil {
			t.Errorf("Decode(%q) opens a record of kind %d; want none", line, x.kind)
		}
	}
}

// TestRelax reads objects as languages print them.
func TestRelax(t *testing.T) {
	for text, want := range map[string]string{
		`{'a': 1, 'b': None, "c": True}`:              `{"a":1,"b":null,"c":true}`,
		`{ a: 'x', b: [ 1, 2 ], c: undefined }`:       `{"a":"x","b":[1,2],"c":null}`,
		`%{"a" => ["x"], b: :ok}`:                     `{"a":["x"],"b":"ok"}`,
		`{:status=>429, "h"=>{"k"=>"v"}}`:             `{"status":429,"h":{"k":"v"}}`,
		`{"a", "b"}`:                                  `["a","b"]`,
		`Usage(input_tokens=1, x=b'y', z='a"b')`:      `{"input_tokens":1,"x":"y","z":"a\"b"}`,
		`Headers({'a': 'it\'s'})`:                     `[{"a":"it's"}]`,
		`Map(2) { 'a' => 1, 'b' => 2 }`:               `{"a":1,"b":2}`,
		`http.Header{"A":[]string{"5"}}`:              `{"A":["5"]}`,
		"{ a: 'one ' +\n  'two' }":                    `{"a":"one two"}`,
		`{'cut': 'off`:                                `{"cut":"off"}`,
		`{ a: [Object], b: [Function: f], c: <x "y">`: `{"a":["Object"],"b":{"Function":"f"},"c":"<x \"y\">"}`,
	} {
		doc, end, ok := relax([]byte(text))
		if !ok || string(doc) != want || !json.Valid(doc) || end > len(text) {
			t.Errorf("relax(%s) = %s, %d, %v; want %s", text, doc, end, ok, want)
		}
	}
	if _, _, ok := relax(bytes.Repeat([]byte{'['}, maxDepth+1)); ok {
		t.Errorf("relax(%d levels) = true; want false", maxDepth+1)
	}
}

// TestSessionWindows holds that the readings of a rate_limit_event go to the next message of the session, once, and outlive a restart.
func TestSessionWindows(t *testing.T) {
	event := `{"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning","rateLimitType":"seven_day","utilization":0.91,"resetsAt":1794949200},"session_id":"s"}`
	message := `{"type":"assistant","session_id":"s","message":{"id":"msg_01Test%d","type":"message","model":"claude-opus-5","usage":{"input_tokens":1,"output_tokens":2}}}`
	d := newDecoder(t, Options{})
	if got := feed(d, testNow, event); len(got) != 0 {
		t.Fatalf("feed(event) = %v; want no call", got)
	}
	_, state := d.Resume()
	d = newDecoder(t, Options{})
	if err := d.Restore(state); err != nil {
		t.Fatalf("Restore(%s) = %v; want no error", state, err)
	}
	for i, want := range []int{1, 0} {
		o := d.Decode(collector.Line{Text: fmt.Appendf(nil, message, i)}, testNow)
		if len(o.Calls) != 1 || len(o.Calls[0].Readings) != want {
			t.Fatalf("Decode(message %d) = %+v; want one call with %d readings", i, o, want)
		}
		if want == 1 && (o.Calls[0].Readings[0].Limiter != "unified_7d" || o.Calls[0].Readings[0].Utilization.Or(0) != 0.91) {
			t.Errorf("Decode(message) = %+v; want the week's utilization", o.Calls[0].Readings)
		}
	}
}
