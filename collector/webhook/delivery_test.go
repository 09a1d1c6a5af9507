package webhook

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestSinkFails(t *testing.T) {
	r := newRig(t, nil)
	r.sink.err = errors.New("disk full")
	for range 3 {
		w := r.post("call a")
		r.want(w, 503, `{"error":"the calls can't be stored now: try again"}`)
		if w.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After beside the 503")
		}
	}
	r.sink.err = nil
	r.want(r.post("call a"), 200, `{"accepted":1,"duplicates":0,"rejected":[]}`)
	if n := strings.Count(r.log.String(), "disk full"); n != 1 {
		t.Errorf("log tells of the error %d times; want 1:\n%s", n, r.log.String())
	}
}

func TestTooMuchInFlight(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"requests": func(o *Options) { o.MaxRequests = 1 },
		"bytes":    func(o *Options) { o.MaxInFlight = 12 << 10 },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, change)
			r.sink.entered, r.sink.release = make(chan struct{}), make(chan struct{})
			first := make(chan *httptest.ResponseRecorder)
			go func() { first <- r.post("call a") }()
			<-r.sink.entered
			w := r.post("call b")
			if w.Code != 429 || w.Header().Get("Retry-After") == "" {
				t.Errorf("answer while another waits = %d, Retry-After %q; want 429 and some", w.Code, w.Header().Get("Retry-After"))
			}
			close(r.sink.release)
			r.want(<-first, 200, `{"accepted":1,"duplicates":0,"rejected":[]}`)
			go func() { first <- r.post("call b") }()
			select {
			case <-r.sink.entered:
				w = <-first
			case w = <-first:
			}
			r.want(w, 200, `{"accepted":1,"duplicates":0,"rejected":[]}`)
		})
	}
}

func TestRepeatedDelivery(t *testing.T) {
	const dated = `{"model":"m","time":"2026-11-21T15:59:00Z"}`
	const undated = `{"model":"m"}`
	for _, tt := range []struct {
		name, first, second string
		headers             []string
		want                string
	}{
		{"dated", dated, "{ \"time\":\"2026-11-21T15:59:00Z\",\n\"model\":\"m\"}", nil, `{"accepted":0,"duplicates":1,"rejected":[]}`},
		{"dated, twice in one request", dated, dated + "\n" + dated, nil, `{"accepted":1,"duplicates":1,"rejected":[]}`},
		{"undated", undated, undated, nil, `{"accepted":1,"duplicates":0,"rejected":[]}`},
		{"undated with a key", undated, undated, []string{"Idempotency-Key", "k"}, `{"accepted":0,"duplicates":1,"rejected":[]}`},
		{"undated with a key, more", undated, undated + "\n" + undated, []string{"Idempotency-Key", "k"}, `{"accepted":1,"duplicates":1,"rejected":[]}`},
		{"with an id", `{"model":"m","request_id":"a"}`, `{"model":"m","request_id":"a"}`, nil, `{"accepted":0,"duplicates":1,"rejected":[]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, nil)
			r.want(r.post(tt.first, tt.headers...), 200, `{"accepted":1,"duplicates":0,"rejected":[]}`)
			r.want(r.post(tt.second, tt.headers...), 200, tt.want)
		})
	}
}

func TestServesOverARealConnection(t *testing.T) {
	r := newRig(t, nil)
	server := httptest.NewServer(r.h)
	defer server.Close()
	var lines strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&lines, "{\"request_id\":\"r%d\",\"model\":\"m\"}\n", i)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/calls", strings.NewReader(lines.String()))
	if err != nil {
		t.Fatal(err)
	}
	res, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if want := `{"accepted":2000,"duplicates":0,"rejected":[]}`; err != nil || strings.TrimSpace(string(body)) != want {
		t.Errorf("answer = %s, %v; want %s", body, err, want)
	}
}
