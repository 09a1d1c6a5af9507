package webhook

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/collector"
)

func TestBodies(t *testing.T) {
	const ok2 = `{"accepted":2,"duplicates":0,"rejected":[]}`
	for _, tt := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"one record", `{"request_id":"a","model":"m"}`, 200, `{"accepted":1,"duplicates":0,"rejected":[]}`},
		{"one record over lines", "{\n \"request_id\": \"a\",\n \"model\": \"m\"\n}\n", 200, `{"accepted":1,"duplicates":0,"rejected":[]}`},
		{"array", `[{"request_id":"a","model":"m"}, "call b"]`, 200, ok2},
		{"array over lines", "[\n{\n\"request_id\":\"a\",\n\"model\":\"m\"},\n\"call b\"]", 200, ok2},
		{"ndjson", "{\"request_id\":\"a\",\"model\":\"m\"}\r\n\r\n{\"request_id\":\"b\",\"model\":\"m\"}\n", 200, ok2},
		{"byte order mark", "\xef\xbb\xbf{\"request_id\":\"a\",\"model\":\"m\"}", 200, `{"accepted":1,"duplicates":0,"rejected":[]}`},
		{"log lines", "call a\nbegin b\nend\n", 200, ok2},
		{"record of several lines without an end", "call a\nbegin b\n", 200, ok2},
		{"string of several lines", `["begin a\nend", "call b"]`, 200, ok2},
		{"log lines with brackets", "[16:00:01] hello\ncall a", 200, `{"accepted":1,"duplicates":0,"rejected":[{"index":0,"error":"not claude"}]}`},
		{"same id twice", "call a\ncall a", 200, `{"accepted":1,"duplicates":1,"rejected":[]}`},
		{
			"some rejected", `[{"model":7},{"request_id":"a","model":"m"},"",null]`, 200,
			`{"accepted":1,"duplicates":0,"rejected":[{"index":0,"error":"invalid json: field model"},{"index":2,"error":"empty"},{"index":3,"error":"not claude"}]}`,
		},
		{
			"array of everything", `[ {"request_id":"a]\"}","model":"[,\\"} , "call \u0062,]" , [1,[2,"]"]],7,true , "x" ]`, 200,
			`{"accepted":2,"duplicates":0,"rejected":[{"index":2,"error":"not claude"},{"index":3,"error":"not claude"},{"index":4,"error":"not claude"},{"index":5,"error":"not claude"}]}`,
		},
		{"empty array", ` [ ] `, 200, `{"accepted":0,"duplicates":0,"rejected":[]}`},
		{"empty", " \n", 400, `{"error":"the body is empty"}`},
		{"nothing decoded", "secret\nhello", 400, `{"error":"nothing could be decoded: element 0: not claude"}`},
		{"broken array", `[{"request_id":"a"`, 400, `{"error":"nothing could be decoded: element 0: not claude"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, nil)
			r.want(r.post(tt.body), tt.status, tt.want)
			r = newRig(t, nil)
			r.want(r.post(gzipped(tt.body), "Content-Encoding", "gzip"), tt.status, tt.want)
			r = newRig(t, nil)
			r.want(r.post(zstded(tt.body), "Content-Encoding", "zstd"), tt.status, tt.want)
		})
	}
}

func TestCountsAndSource(t *testing.T) {
	r := newRig(t, nil)
	r.post(`["call a", {"model":7}, {"request_id":"b","model":"m","source":"proxy"}, "hello"]`)
	b := r.sink.batches[0]
	want := []collector.Count{
		{Source: "webhook", Kind: collector.CountLines, Reason: "json", N: 1},
		{Source: "webhook", Kind: collector.CountLines, Reason: "other", N: 2},
		{Source: "webhook", Kind: collector.CountLines, Reason: "script", N: 1},
		{Source: "webhook", Kind: collector.CountRejected, Reason: "invalid json", N: 1, Sample: "field model"},
		{Source: "webhook", Kind: collector.CountSkipped, Reason: "not claude", N: 1},
	}
	if diff := cmp.Diff(want, b.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if b.Source != "webhook" || b.Calls[0].Source != "webhook" || b.Calls[1].Source != "proxy" {
		t.Errorf("sources = %q, %q, %q; want webhook, webhook, proxy", b.Source, b.Calls[0].Source, b.Calls[1].Source)
	}
}

func TestLongLine(t *testing.T) {
	r := newRig(t, func(o *Options) { o.MaxLine = 10 })
	r.want(r.post("call a\ncall "+strings.Repeat("b", 100)), 200, `{"accepted":1,"duplicates":0,"rejected":[{"index":1,"error":"too long"}]}`)
}
