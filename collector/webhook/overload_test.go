package webhook

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// soon returns what comes from a channel, and ends the test when nothing does.
func soon[T any](t *testing.T, from <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(time.Minute):
		t.Fatalf("%s did not come within a minute", what)
	}
	return v
}

// Three hundred senders of what unpacks to more than a megabyte each, and a store that does not answer: what does not fit is refused at
// once, and everything is taken again when the store answers.
func TestMemoryIsBounded(t *testing.T) {
	const senders, inFlight, slack = 300, 8 << 20, 32 << 20
	r := newRig(t, func(o *Options) { o.MaxInFlight, o.StoreWait = inFlight, time.Hour })
	r.sink.entered, r.sink.release = make(chan struct{}, senders), make(chan struct{})
	server := httptest.NewServer(r.h)
	release := sync.OnceFunc(func() { close(r.sink.release) })
	defer server.Close()
	defer release() // before the server waits for its requests
	bomb := gzipped("call a" + strings.Repeat(" ", 1<<20-100))
	send := func(codes chan<- int) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(bomb))
		if err != nil {
			codes <- -1
			return
		}
		req.Header.Set("Content-Encoding", "gzip")
		res, err := server.Client().Do(req)
		if err != nil {
			codes <- -1
			return
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") == "" {
			codes <- -2
			return
		}
		codes <- res.StatusCode
	}
	before := heap()
	codes := make(chan int, senders)
	for range senders {
		go send(codes)
	}
	soon(t, r.sink.entered, "a request that waits for the store")
	answers, waiting := 0, 1
	for answers+waiting < senders {
		select {
		case code := <-codes:
			if answers++; code != http.StatusTooManyRequests {
				t.Fatalf("answer while the store hangs = %d; want 429 with Retry-After", code)
			}
		case <-r.sink.entered:
			waiting++
		case <-time.After(time.Minute):
			t.Fatalf("%d of %d senders have an answer or wait for the store", answers+waiting, senders)
		}
	}
	if grown := heap() - before; grown > inFlight+slack {
		t.Errorf("heap while %d of %d senders wait grew by %d MiB; want at most %d", waiting, senders, grown>>20, (inFlight+slack)>>20)
	}
	release()
	for range waiting {
		if code := soon(t, codes, "the answer to a request that waited"); code != http.StatusOK {
			t.Errorf("answer when the store works again = %d; want 200", code)
		}
	}
	if answers == 0 || waiting*(1<<20) > inFlight {
		t.Errorf("%d were refused and %d waited; want no more to wait than fit into %d MiB", answers, waiting, inFlight>>20)
	}
	go send(codes)
	if code := soon(t, codes, "the answer to a request afterwards"); code != http.StatusOK {
		t.Errorf("answer afterwards = %d; want 200", code)
	}
	wantFree(t, r)
}

// wantFree wants nothing to be held any more.
func wantFree(t *testing.T, r *rig) {
	t.Helper()
	f := r.h.flight
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bytes != r.h.opts.MaxInFlight || f.requests != r.h.opts.MaxRequests {
		t.Errorf("free bytes and requests = %d, %d; want %d, %d", f.bytes, f.requests, r.h.opts.MaxInFlight, r.h.opts.MaxRequests)
	}
}

// Calls take more memory than the lines that they come from.
func TestCallsAreAccountedFor(t *testing.T) {
	r := newRig(t, func(o *Options) { o.MaxInFlight = 100 * callMemory })
	r.want(r.post(strings.Repeat("call a\n", 100)), 413, `{"error":"`+errTooMuch.text+`"}`)
	if w := r.post(strings.Repeat("call a\n", 90)); w.Code != 200 {
		t.Errorf("answer to what fits = %d %s; want 200", w.Code, w.Body)
	}
	wantFree(t, r)
}

// A store that takes too long is not waited for without end.
func TestStoreTakesTooLong(t *testing.T) {
	r := newRig(t, func(o *Options) { o.StoreWait = time.Millisecond })
	r.sink.entered, r.sink.release = make(chan struct{}, 1), make(chan struct{})
	defer close(r.sink.release)
	answered := make(chan *httptest.ResponseRecorder, 1)
	go func() { answered <- r.post("call a") }()
	w := soon(t, answered, "an answer while the store hangs")
	r.want(w, 503, `{"error":"the calls can't be stored now: try again"}`)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After beside the 503")
	}
	if !strings.Contains(r.log.String(), "can't store") {
		t.Errorf("the log says nothing of it: %s", r.log.String())
	}
	wantFree(t, r)
}

// A sender that dawdles is cut off by the server's timeouts, and keeps nobody else from being heard.
func TestSlowSender(t *testing.T) {
	r := newRig(t, func(o *Options) { o.MaxRequests = 1 })
	server := httptest.NewUnstartedServer(r.h)
	server.Config.ReadTimeout = 500 * time.Millisecond
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the server closes it
	if _, err := io.WriteString(conn, "POST /v1/calls HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\ncall a\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, len("HTTP/1.1 100"))
	if _, err := io.ReadFull(conn, first); err != nil || string(first) != "HTTP/1.1 100" {
		t.Fatalf("first answer = %q, %v; want 100: the body is being read", first, err)
	}
	other := make(chan *httptest.ResponseRecorder, 1)
	go func() { other <- r.post("call b") }()
	r.want(soon(t, other, "the answer to another sender"), 200, `{"accepted":1,"duplicates":0,"rejected":[]}`)
	answer, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("connection of a slow sender = %v; want it to be closed", err)
	}
	if strings.Contains(string(answer), " 200 ") {
		t.Errorf("answer to half a body = %s; want an error", answer)
	}
	if len(r.sink.batches) != 1 {
		t.Errorf("batches stored = %d; want the other sender's only", len(r.sink.batches))
	}
}
