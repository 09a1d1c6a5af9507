package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// jsonOfIngest runs ingest and returns its objects.
func jsonOfIngest(t *testing.T, r ingestRig, wantCode int, files ...string) []summaryJSON {
	t.Helper()
	out, errOut, code := r.run(t.Context(), "", append([]string{"--output", "json"}, files...)...)
	if code != wantCode {
		t.Fatalf("ingest %v = %d, %q; want %d", files, code, errOut, wantCode)
	}
	var all []summaryJSON
	for lines := bufio.NewScanner(strings.NewReader(out)); lines.Scan(); {
		var s summaryJSON
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("%q is no object: %v", lines.Text(), err)
		}
		all = append(all, s)
	}
	return all
}

func TestIngestSummaryAsJSON(t *testing.T) {
	r := newIngestRig(t)
	dir := t.TempDir()
	other := strings.ReplaceAll(shopLog(700), "req_011", "req_012") + "{\"usage\":{\"input_tokens\":-1},\"model\":\"claude-sonnet-5\",\"request_id\":\n"
	for name, text := range map[string]string{"a.log": shopLog(500), "b.log": other} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, b, none := filepath.Join(dir, "a.log"), filepath.Join(dir, "b.log"), filepath.Join(dir, "none.log")
	got := jsonOfIngest(t, r, exitFailed, a, none, b)
	if len(got) != 4 {
		t.Fatalf("%d objects %+v; want one for each of three files and the total", len(got), got)
	}
	if got[0].File != a || got[0].Lines != 1000 || got[0].Calls != 500 || got[0].Skipped["not claude"] != 500 {
		t.Errorf("first log = %+v; want 1000 lines, 500 calls, 500 skipped", got[0])
	}
	if got[1].File != none || !strings.Contains(got[1].Error, "no such file") {
		t.Errorf("missing log = %+v; want its error", got[1])
	}
	if n := sumOf(got[2].Rejected); n != 1 {
		t.Errorf("second log = %+v; want one line rejected", got[2])
	}
	total := got[3]
	if !total.Total || total.File != "" || total.Calls != got[0].Calls+got[2].Calls || total.Lines != got[0].Lines+got[2].Lines {
		t.Errorf("total = %+v; want the sum of %+v", total, got[:3])
	}
	again := jsonOfIngest(t, r, exitDone, a)
	if want := []summaryJSON{{File: a, Skipped: map[string]int64{}, Rejected: map[string]int64{}, ReadBefore: int64(len(shopLog(500)))}}; !reflect.DeepEqual(again, want) {
		t.Errorf("the second run = %+v; want %+v", again, want)
	}
}

func sumOf(counts map[string]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// Ten logs at a time, with the same text among them in three forms: every record is stored once, and the summaries come in order.
func TestIngestOfManyLogsAtOnce(t *testing.T) {
	const records = 1500
	r := newIngestRig(t)
	dir := t.TempDir()
	text := shopLog(records)
	var files []string
	save := func(name string, data []byte) {
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(files[len(files)-1], data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		own := strings.ReplaceAll(strings.ReplaceAll(text, "req_011", "req_"+part+"11"), "order", "order "+part)
		save(part+".log", []byte(`{"msg":"begin `+part+"\"}\n"+own))
	}
	save("same.log", []byte(text))
	save("same.log.gz", gzipOf(t, text))
	save("same.log.zst", zstdOf(t, text))
	all := jsonOfIngest(t, r, exitDone, files...)
	for i, s := range all[:len(files)] {
		if s.File != files[i] {
			t.Errorf("summary %d is of %s; want %s", i, s.File, files[i])
		}
	}
	// Records without an id are known by their text's beginning and their place, which differ in all but the last three.
	if total := all[len(files)]; total.Calls != 8*records || total.Duplicates != 0 {
		t.Errorf("total = %+v; want %d calls and nothing read twice", total, 8*records)
	}
	if got := r.stored(t); got.calls != 8*records || got.lines != 7*(2*records+1)+2*records {
		t.Errorf("stored %+v; want %d calls of %d lines", got, 8*records, 7*(2*records+1)+2*records)
	}
}
