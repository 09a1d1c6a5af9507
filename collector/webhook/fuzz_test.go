package webhook

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

// FuzzWebhookBody wants an answer to every body that is JSON, adds up, and quotes nothing of it.
func FuzzWebhookBody(f *testing.F) {
	for _, body := range []string{
		`{"request_id":"a","model":"m"}`, `[{"model":"m"},"call a",null,[1],""]`, "call a\nbegin b\nend", "[", "[16:00] x", "\"a\nb\"", "\x1f\x8b\x08", "{}{}",
	} {
		f.Add([]byte(body), "")
		f.Add([]byte(gzipped(body)), "gzip")
		f.Add([]byte(zstded(body)), "zstd")
	}
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		if !slices.Contains([]string{"", "gzip", "zstd"}, encoding) {
			return
		}
		r := newRig(t, func(o *Options) { o.MaxDecoded, o.MaxElements = 1<<20, 1000 })
		w := r.post(string(body), "Content-Encoding", encoding)
		if !slices.Contains([]int{200, 400, 413}, w.Code) {
			t.Fatalf("status = %d; want 200, 400 or 413", w.Code)
		}
		var got struct {
			Accepted, Duplicates int
			Rejected             []rejection
			Error                string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("answer %q is no JSON: %v", w.Body, err)
		}
		if (w.Code == 200) != (got.Error == "") {
			t.Errorf("status %d with error %q", w.Code, got.Error)
		}
		calls := 0
		for _, b := range r.sink.batches {
			calls += len(b.Calls)
		}
		if got.Accepted+got.Duplicates != calls {
			t.Errorf("accepted %d and duplicates %d of %d calls", got.Accepted, got.Duplicates, calls)
		}
		last := -1
		for _, e := range got.Rejected {
			if e.Index <= last {
				t.Errorf("rejected index %d after %d; want them to rise", e.Index, last)
			}
			last = e.Index
		}
	})
}

// FuzzSplitArray wants of every array the elements that encoding/json finds in it.
func FuzzSplitArray(f *testing.F) {
	for _, body := range []string{"[]", " [ 1 , [2,\"]\"] ,\r\n{\"a\\\"\":\"}\"}]", `["\\", null,true]`, "[\n{\n}\n]", `["\u005d,"]`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want []json.RawMessage
		if body = bytes.TrimSpace(body); len(body) == 0 || body[0] != '[' || json.Unmarshal(body, &want) != nil {
			return
		}
		got, err := splitArray(body, len(want))
		if err != nil || len(got) != len(want) {
			t.Fatalf("splitArray(%q) = %d elements, %v; want %d", body, len(got), err, len(want))
		}
		for i, raw := range want {
			text, err := oneElement(bytes.TrimSpace(raw))
			if err != nil || !bytes.Equal(got[i].text, text) {
				t.Errorf("element %d of %q = %q; want %q, %v", i, body, got[i].text, text, err)
			}
			if bytes.ContainsAny(got[i].text, "\r\n") && raw[0] != '"' {
				t.Errorf("element %d of %q has a line break: %q", i, body, got[i].text)
			}
		}
	})
}
