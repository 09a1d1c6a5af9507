package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lockedDatabase keeps everybody else from writing to a database until it is released.
func lockedDatabase(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate&_busy_timeout=60000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// Nobody is told 200 while nothing can be stored, and when it can again, everything goes on without a restart.
func TestWebhookRecoversFromALockedDatabase(t *testing.T) {
	t.Parallel() // the database is waited for, twice
	db := filepath.Join(t.TempDir(), "cw.db")
	a := startAgent(t, strings.NewReader(""), "--db", db)
	if status, got := a.do(t, http.MethodPost, "/v1/calls", goodCall("req_before"), nil); status != 200 {
		t.Fatalf("answer before = %d %s; want 200", status, got)
	}
	release := lockedDatabase(t, db)
	const senders = 20
	type answer struct {
		status int
		after  string
	}
	answers := make(chan answer, senders)
	for i := range senders {
		go func() {
			res, err := http.Post(a.url+"/v1/calls", "application/json", strings.NewReader(goodCall(fmt.Sprint("req_", i))))
			if err != nil {
				answers <- answer{after: err.Error()}
				return
			}
			_ = res.Body.Close()
			answers <- answer{res.StatusCode, res.Header.Get("Retry-After")}
		}()
	}
	for range senders {
		if got := <-answers; got.status != http.StatusServiceUnavailable || got.after == "" {
			t.Errorf("answer while the database is locked = %d, Retry-After %q; want 503 and some", got.status, got.after)
		}
	}
	if status, text := a.get(t, "/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz while the database is locked = %d %s; want 503", status, text)
	}
	release()
	for i := range senders { // each one is new: nothing of what was refused was kept
		status, got := a.do(t, http.MethodPost, "/v1/calls", goodCall(fmt.Sprint("req_", i)), nil)
		if want := `{"accepted":1,"duplicates":0,"rejected":[]}` + "\n"; status != 200 || got != want {
			t.Errorf("answer afterwards = %d %s; want 200 %s", status, got, want)
		}
	}
	if status, text := a.get(t, "/readyz"); status != 200 {
		t.Errorf("/readyz afterwards = %d %s; want 200", status, text)
	}
}

// A request that the agent has begun to read when it is told to end is stored and answered.
func TestWebhookAnswersWhenTheAgentEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cw.db")
	a := startAgent(t, strings.NewReader(""), "--db", path)
	host := strings.TrimPrefix(a.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the agent closes it
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	body, in := goodCall("req_last"), bufio.NewReader(conn)
	fmt.Fprintf(conn, "POST /v1/calls HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", host, len(body))
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") {
		t.Fatalf("first answer = %q, %v; want 100", line, err)
	}
	ended := make(chan int, 1)
	go func() { ended <- a.stop() }()
	for { // until it listens no more, and so has been told to end
		other, err := net.Dial("tcp", host)
		if err != nil {
			break
		}
		_ = other.Close()
	}
	fmt.Fprint(conn, body)
	answer, err := io.ReadAll(in)
	if err != nil || !strings.Contains(string(answer), " 200 OK\r\n") || !strings.Contains(string(answer), `"accepted":1`) {
		t.Errorf("answer = %s, %v; want 200 and one accepted", answer, err)
	}
	if code := <-ended; code != 0 {
		t.Errorf("exit code = %d; want 0", code)
	}
	b := startAgent(t, strings.NewReader(""), "--db", path)
	b.metricsWith(t, `claudewatch_calls_ingested_total{source="webhook"} 1`)
}
