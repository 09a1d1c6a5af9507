package webhook

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	limits := func(o *Options) {
		o.Token, o.MaxBody, o.MaxDecoded, o.MaxElements = "s3cret", 1000, 5000, 10
	}
	const auth, good = "Authorization", "Bearer s3cret"
	for _, tt := range []struct {
		name, body string
		headers    []string
		status     int
		text       string
	}{
		{"no token", "call a", nil, 401, "bearer"},
		{"wrong token", "call a", []string{auth, "Bearer s3cre"}, 401, "bearer"},
		{"wrong scheme", "call a", []string{auth, "Basic s3cret"}, 401, "bearer"},
		{"body too large", strings.Repeat("call a\n", 200), []string{auth, good}, 413, "1000 bytes"},
		{"bomb", gzipped(strings.Repeat(" ", 5_001)), []string{auth, good, "Content-Encoding", "gzip"}, 413, "5000 bytes"},
		{"large bomb", gzipped(strings.Repeat(" ", 900_000)), []string{auth, good, "Content-Encoding", "gzip"}, 413, "5000 bytes"},
		{"too many lines", strings.Repeat("call a\n", 11), []string{auth, good}, 413, "10 elements"},
		{"too many in an array", "[" + strings.Repeat("1,", 10) + "1]", []string{auth, good}, 413, "10 elements"},
		{"deflate", "x", []string{auth, good, "Content-Encoding", "deflate"}, 415, "only gzip, zstd and uncompressed"},
		{"two encodings", gzipped("call a"), []string{auth, good, "Content-Encoding", "gzip, gzip"}, 415, "only gzip, zstd"},
		{"zstd bomb", zstded(strings.Repeat(" ", 5_001)), []string{auth, good, "Content-Encoding", "zstd"}, 413, "5000 bytes"},
		{"large zstd bomb", zstded(strings.Repeat(" ", 3_000_000)), []string{auth, good, "Content-Encoding", "zstd"}, 413, "5000 bytes"},
		{"zstd window", "\x28\xb5\x2f\xfd\x00\x70\x01\x00\x00", []string{auth, good, "Content-Encoding", "zstd"}, 413, "window"},
		{"not zstd", "call a, and more than a header has", []string{auth, good, "Content-Encoding", "zstd"}, 400, "not valid zstd"},
		{"half a zstd", zstded("call a\ncall b")[:15], []string{auth, good, "Content-Encoding", "zstd"}, 400, "end"},
		{"garbage after zstd", zstded("call a") + "call b", []string{auth, good, "Content-Encoding", "zstd"}, 400, "not valid zstd"},
		{"garbage after gzip", gzipped("call a") + "call b and more", []string{auth, good, "Content-Encoding", "gzip"}, 400, "not valid gzip"},
		{"multipart", "x", []string{auth, good, "Content-Type", "multipart/form-data; boundary=x"}, 415, "multipart"},
		{"not gzip", "call a, and more than a header has", []string{auth, good, "Content-Encoding", "gzip"}, 400, "gzip"},
		{"half a gzip", gzipped("call a\ncall b")[:20], []string{auth, good, "Content-Encoding", "gzip"}, 400, "end"},
		{"long key", "call a", []string{auth, good, "Idempotency-Key", strings.Repeat("k", 256)}, 400, "255"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, limits)
			w := r.post(tt.body, tt.headers...)
			var got struct{ Error string }
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != tt.status || !strings.Contains(got.Error, tt.text) {
				t.Errorf("answer = %d %s; want %d and an error with %q", w.Code, w.Body, tt.status, tt.text)
			}
			if len(r.sink.batches) != 0 {
				t.Errorf("batches stored = %d; want 0", len(r.sink.batches))
			}
		})
	}
	r := newRig(t, limits)
	r.want(r.post("call a", auth, "bearer s3cret"), 200, `{"accepted":1,"duplicates":0,"rejected":[]}`)
}

func TestOnlyPost(t *testing.T) {
	r := newRig(t, nil)
	w := httptest.NewRecorder()
	r.h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/calls", nil))
	if w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("answer to GET = %d, Allow %q; want 405, POST", w.Code, w.Header().Get("Allow"))
	}
}

func TestNewRefuses(t *testing.T) {
	good := newRig(t, nil).opts
	for name, spoil := range map[string]func(*Options){
		"no sink": func(o *Options) { o.Sink = nil }, "no decoder": func(o *Options) { o.NewDecoder = nil },
		"no logger": func(o *Options) { o.Logger = nil }, "negative limit": func(o *Options) { o.MaxLine = -1 },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("New(%s) = nil; want an error", name)
		}
	}
}
