package main

import (
	"bytes"
	"compress/gzip"
	"path/filepath"
	"strings"
	"testing"
)

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const rejectedCross = "cross-origin request detected"

func TestWebhookRefuses(t *testing.T) {
	config := write(t, "cw.yml", "webhook: {max_body: 100KB}\n")
	a := startAgent(t, strings.NewReader(""), "--config", config, "--db", filepath.Join(t.TempDir(), "cw.db"))
	gz := []string{"Content-Encoding", "gzip"}
	good := goodCall("req_never")
	bomb := strings.Repeat(gzipped(t, strings.Repeat(" ", 1<<20)), 65) // gzip allows one member after another
	if len(bomb) > 100_000 {
		t.Fatalf("the bomb has %d bytes: it must pass the first limit", len(bomb))
	}
	for _, tt := range []struct {
		name, method, body string
		headers            []string
		status             int
		want               string
	}{
		{"no json", "POST", "hello", nil, 400, `{"error":"nothing could be decoded: element 0: not claude"}`},
		{"half a json", "POST", good[:len(good)-9], nil, 400, `{"error":"nothing could be decoded: element 0: invalid json: string without end at byte `},
		{"nothing", "POST", "", nil, 400, `{"error":"the body is empty"}`},
		{"too large", "POST", good + strings.Repeat(" ", 100_001), nil, 413, `{"error":"the body is larger than 10`},
		{"says gzip", "POST", good, gz, 400, `{"error":"the body is not valid gzip"}`},
		{"half a gzip", "POST", gzipped(t, good)[:40], gz, 400, `{"error":"the body could not be read to its end"}`},
		{"gzip bomb", "POST", bomb, gz, 413, `{"error":"the decompressed body is larger than 67108864 bytes"}`},
		{"unknown encoding", "POST", good, []string{"Content-Encoding", "br"}, 415, `{"error":"only `},
		{"form with files", "POST", good, []string{"Content-Type", "multipart/form-data; boundary=x"}, 415, `{"error":"multipart bodies are not taken`},
		{"get", "GET", "", nil, 405, `{"error":"only POST is taken here"}`},
		{"put", "PUT", good, nil, 405, `{"error":"only POST is taken here"}`},
		{"delete", "DELETE", "", nil, 405, `{"error":"only POST is taken here"}`},
		{"other site", "POST", good, []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, 403, rejectedCross},
		{"other site, old browser", "POST", good, []string{"Origin", "https://evil.example"}, 403, rejectedCross},
		{"other port of this machine", "POST", good, []string{"Origin", "http://127.0.0.1:1"}, 403, rejectedCross},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, got := a.do(t, tt.method, "/v1/calls", tt.body, tt.headers)
			if status != tt.status || !strings.HasPrefix(got, tt.want) {
				t.Errorf("answer = %d %s; want %d %s", status, got, tt.status, tt.want)
			}
		})
	}
	if _, page := a.get(t, "/"); !strings.Contains(page, "  0 calls stored") {
		t.Errorf("something of what was refused is stored:\n%s", page)
	}
	const taken = `{"accepted":1,"duplicates":0,"rejected":[]}` + "\n"
	if status, got := a.do(t, "POST", "/v1/calls", gzipped(t, goodCall("req_1")), gz); status != 200 || got != taken {
		t.Errorf("a good one afterwards = %d %s; want 200 %s", status, got, taken)
	}
	if status, got := a.do(t, "POST", "/v1/calls", goodCall("req_2"), []string{"Origin", a.url}); status != 200 || got != taken {
		t.Errorf("from the agent's own page = %d %s; want 200 %s", status, got, taken)
	}
}

func TestWebhookToken(t *testing.T) {
	const token = "canary-webhook-token"
	config := write(t, "cw.yml", "webhook: {token_file: "+write(t, "token", token+"\n")+"}\n")
	a := startAgent(t, strings.NewReader(""), "--config", config, "--db", filepath.Join(t.TempDir(), "cw.db"))
	for _, tt := range []struct {
		name, header string
		status       int
	}{
		{"missing", "", 401},
		{"wrong", "Bearer " + token + "x", 401},
		{"another scheme", "Basic " + token, 401},
		{"right", "Bearer " + token, 200},
	} {
		var headers []string
		if tt.header != "" {
			headers = []string{"Authorization", tt.header}
		}
		status, got := a.do(t, "POST", "/v1/calls", goodCall("req_"+tt.name), headers)
		if status != tt.status || tt.status == 401 && got != `{"error":"the bearer token is missing or wrong"}`+"\n" {
			t.Errorf("token %s: %d %s; want %d", tt.name, status, got, tt.status)
		}
	}
	_, metrics := a.get(t, "/metrics")
	_, page := a.get(t, "/")
	log, _ := a.log.read()
	if strings.Contains(metrics+page+log, token) {
		t.Error("the token came out")
	}
}

func TestOtherPages(t *testing.T) {
	a := startAgent(t, strings.NewReader(""), "--db", filepath.Join(t.TempDir(), "cw.db"))
	for _, tt := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/healthz", 200, "ok\n"},
		{"GET", "/readyz", 200, "ok\n"},
		{"GET", "/nothing", 404, ""},
		{"GET", "/../../etc/passwd", 404, ""},
		{"POST", "/metrics", 405, ""},
		{"DELETE", "/", 405, ""},
	} {
		status, got := a.do(t, tt.method, tt.path, "", nil)
		if status != tt.status || tt.want != "" && got != tt.want {
			t.Errorf("%s %s = %d %q; want %d %q", tt.method, tt.path, status, got, tt.status, tt.want)
		}
	}
}
