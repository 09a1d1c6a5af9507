package webhook

import (
	"encoding/json"
	"slices"
	"testing"
)

// FuzzWebhookBody wants an answer to every body that is JSON, adds up, and quotes nothing of it.
func FuzzWebhookBody(f *testing.F) {
	for _, body := range []string{
		`{"request_id":"a","model":"m"}`, `[{"model":"m"},"call a",null,[1],""]`, "call a\nbegin b\nend", "[", "[16:00] x", "\"a\nb\"", "\x1f\x8b\x08", "{}{}",
	} {
		f.Add([]byte(body), false)
		f.Add([]byte(gzipped(body)), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, zipped bool) {
		r := newRig(t, func(o *Options) { o.MaxDecoded, o.MaxElements = 1<<20, 1000 })
		headers := []string{}
		if zipped {
			headers = []string{"Content-Encoding", "gzip"}
		}
		w := r.post(string(body), headers...)
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
