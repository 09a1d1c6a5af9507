package decode

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/collector"
)

// TestUsualKeys holds the table to what is said of any name.
func TestUsualKeys(t *testing.T) {
	if n := len(usualKeys); n > 255 {
		t.Fatalf("%d usual keys; want at most 255, the table numbers them by one byte", n)
	}
	for _, name := range usualKeys {
		key := []byte(name)
		got, slow := fieldOf(key), field{key: key, role: roleOf(key)}
		if got.usual == nil || got.role != slow.role || got.countName() != slow.countName() || got.usual.mute == wantedHeader(key) {
			t.Errorf("fieldOf(%s) = role %d, count %q, %+v; want role %d, count %q", name, got.role, got.countName(), got.usual, slow.role, slow.countName())
		}
		for _, other := range []string{name + "x", "x" + name, name[:len(name)-1]} {
			if f := fieldOf([]byte(other)); f.role != roleOf([]byte(other)) || f.usual != nil && !slices.Contains(usualKeys[:], other) {
				t.Errorf("fieldOf(%q) = %+v; want what roleOf says", other, f)
			}
		}
	}
	if f := fieldOf(nil); f.usual != nil || f.role != roleOther {
		t.Errorf("fieldOf() = %+v; want no role", f)
	}
}

// TestMaybe holds that a format which is not tried would not have read the line.
func TestMaybe(t *testing.T) {
	list, tried, spared := formats(), 0, 0
	rare := rarest(list)
	for path, log := range testLogs(t) {
		for line := range bytes.SplitSeq(log, []byte{'\n'}) {
			if docStart(line) != 0 {
				continue
			}
			for i := range list {
				may, maybe := list[i].may(line), maybe(&list[i], rare[i], line, true)
				switch {
				case maybe && !may:
					t.Errorf("%s: maybe(%s, %.80s) = true; want false", path, list[i].name, line)
				case maybe:
					tried++
				case may:
					spared++
					if res, ok := list[i].decode(newDecoder(t, Options{}), entry{text: line, now: testNow}); ok {
						t.Errorf("%s: maybe(%s, %.80s) = false; want true, it reads %+v", path, list[i].name, line, res)
					}
				}
			}
		}
	}
	if tried < 50 || spared < 10 {
		t.Errorf("%d formats tried, %d spared; want some of both", tried, spared)
	}
}

func TestHolds(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	found := 0
	for range 50000 {
		text, needle := make([]byte, rnd.IntN(40)), make([]byte, rnd.IntN(5))
		for _, b := range [][]byte{text, needle} {
			for i := range b {
				b[i] = `aA_>`[rnd.IntN(4)]
			}
		}
		at := rarest([]format{{needles: []string{string(needle)}}})[0][0]
		want := bytes.Contains(text, needle)
		if got := holds(text, string(needle), at); got != want {
			t.Fatalf("holds(%q, %q) = %v; want %v", text, needle, got, want)
		}
		if want {
			found++
		}
	}
	if found < 5000 || found > 45000 {
		t.Errorf("%d of 50000 texts held the needle; want a mix", found)
	}
}

// TestNumber holds numbers that are read by hand to the library.
func TestNumber(t *testing.T) {
	for _, raw := range []string{"0", "007", "12", "1795287409301", "999999999999999", "1000000000000000", "-1", "1.5", "1e3", "+5", "", "x", "1x", "1 ", "٣", "1_0", "NaN", "0x10"} {
		f, err := strconv.ParseFloat(raw, 64)
		want := err == nil && f-f == 0
		for _, k := range []kind{kindNumber, kindString, kindBool, kindNull} {
			got, ok := scalar{k, []byte(raw)}.number()
			if wanted := want && (k == kindNumber || k == kindString); ok != wanted || ok && got != f {
				t.Errorf("number(%d, %q) = %g, %v; want %g, %v", k, raw, got, ok, f, wanted)
			}
		}
	}
}

// TestPlain holds that the texts which are not looked into would have said nothing.
func TestPlain(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "claude call completed": true, "Claude call completed": true, "calling claude": true, "status 429": false,
		"AnthropicException": false, "HTTP Response": false, "model=claude-x": false, `a\"b`: false, "request-id": false, "[x]": false, "ü": false,
		"a text that goes on and on until it is longer than what is shared is not": false,
	} {
		if got := plain([]byte(text)); got != want {
			t.Errorf("plain(%q) = %v; want %v", text, got, want)
		}
		if want {
			r := record{}
			r.free([]byte(text))
			if diff := cmp.Diff(record{}, r, cmp.AllowUnexported(record{}, stamp{}, claude.Headers{}), cmp.AllowUnexported(claude.Opt[int64]{}, claude.Opt[float64]{}, claude.Opt[bool]{})); diff != "" {
				t.Errorf("free(%q) (-want +got):\n%s", text, diff)
			}
		}
	}
}

// TestNothingPointsIntoTheLine overwrites each line once it is decoded, and everything that one decoder shares between records.
func TestNothingPointsIntoTheLine(t *testing.T) {
	for path, log := range testLogs(t) {
		d := newDecoder(t, Options{Source: "test"})
		var calls []claude.Call
		var want []string
		for line := range bytes.SplitSeq(log, []byte{'\n'}) {
			buf := bytes.Clone(line)
			o := d.Decode(collector.Line{Text: buf}, testNow)
			for _, c := range o.Calls {
				calls, want = append(calls, c), append(want, asJSON(t, c))
			}
			for i := range buf {
				buf[i] = '#'
			}
		}
		for i, c := range calls {
			if got := asJSON(t, c); got != want[i] {
				t.Errorf("%s: call %d is now %s; want %s", path, i, got, want[i])
			}
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestAgainstLibrary reads the usage and headers of records with encoding/json, too.
func TestAgainstLibrary(t *testing.T) {
	n := 0
	for path, log := range testLogs(t) {
		for line := range bytes.SplitSeq(log, []byte{'\n'}) {
			var rec struct {
				Res        struct{ Headers map[string]string }
				Body, Meta struct {
					Headers map[string]string
					Usage   json.RawMessage
				}
			}
			if json.Unmarshal(line, &rec) != nil {
				continue
			}
			usage, err := claude.ParseUsage(slices.Concat(rec.Body.Usage, rec.Meta.Usage))
			if err != nil {
				continue
			}
			headersOf := rec.Res.Headers
			if headersOf == nil {
				headersOf = rec.Meta.Headers
			}
			headers, _ := claude.ParseHeaders(func(yield func(string, string) bool) {
				for name, value := range headersOf {
					if !yield(name, value) {
						return
					}
				}
			})
			o := newDecoder(t, Options{}).Decode(collector.Line{Text: line}, testNow)
			if len(o.Calls) != 1 {
				t.Errorf("%s: Decode(%.80s) = %d calls; want 1", path, line, len(o.Calls))
				continue
			}
			n++
			c := o.Calls[0]
			if len(c.Readings) != len(headers.Readings) || c.Usage.Tokens() != usage.Tokens() || c.RequestID != headers.RequestID {
				t.Errorf("%s: Decode(%.80s) = %+v; want usage %+v, headers %+v", path, line, c, usage, headers)
			}
			for _, want := range headers.Readings {
				if got, _ := c.Reading(want.Limiter); got != want {
					t.Errorf("%s: Decode(%.80s) = reading %+v; want %+v", path, line, got, want)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no record with headers and usage was compared")
	}
}
