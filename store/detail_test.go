package store

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

// memNames gives out ids without a database.
type memNames struct {
	ids   map[string]int64
	texts []string
}

func (m *memNames) nameID(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if _, ok := m.ids[s]; !ok {
		m.texts = append(m.texts, s)
		m.ids[s] = int64(len(m.texts))
	}
	return m.ids[s], nil
}

func (m *memNames) scopeID(*claude.Call) (int64, error) { return 1, nil }

func (m *memNames) text(id int64) (string, error) {
	if id < 1 || id > int64(len(m.texts)) {
		return "", nil
	}
	return m.texts[id-1], nil
}

func maybe[T comparable](rnd *rand.Rand, v T) claude.Opt[T] {
	if rnd.IntN(3) == 0 {
		return claude.Opt[T]{}
	}
	return claude.Some(v)
}

// randomCall sets the fields that a detail holds, each or not, to ordinary and odd values.
func randomCall(rnd *rand.Rand) claude.Call {
	texts := []string{"", "standard", "us", "Ü", "a b"}
	text := func() string { return texts[rnd.IntN(len(texts))] }
	num := func() int64 { return rnd.Int64N(1 << rnd.IntN(60)) }
	float := func() float64 { return []float64{0, 0.25, 1.0 / 3, rnd.Float64() * 1e6, 60}[rnd.IntN(5)] }
	at := func() time.Time {
		return []time.Time{{}, noon, time.Unix(0, 0).UTC(), noon.Add(-time.Duration(num())), noon.Add(1500)}[rnd.IntN(5)]
	}
	c := claude.Call{Time: noon, ErrorType: text(), ErrorCode: text(), Source: text(), RegainAt: at(), ServerTime: at()}
	c.Usage.ServiceTier, c.Usage.Speed, c.Usage.InferenceGeo = text(), text(), text()
	c.Usage.OutputTokensDetails.ThinkingTokens = maybe(rnd, num())
	c.Usage.ServerToolUse.WebSearchRequests, c.Usage.ServerToolUse.WebFetchRequests = maybe(rnd, num()), maybe(rnd, num())
	c.Usage.Iterations = claude.Iterations(text())
	c.FirstTokenSeconds, c.RetryAfterSeconds, c.Retry = maybe(rnd, float()), maybe(rnd, float()), maybe(rnd, num())
	for range rnd.IntN(4) {
		c.Readings = append(c.Readings, claude.Reading{
			Limiter: claude.Limiter(text()), Limit: maybe(rnd, num()), Remaining: maybe(rnd, num()-5), Utilization: maybe(rnd, float()),
			Status: text(), Reset: at(),
		})
	}
	return c
}

func TestDetailComesBackAsItWas(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	names := &memNames{ids: map[string]int64{}}
	var known shapes
	var w detailWriter
	for range 2000 {
		want := randomCall(rnd)
		keys := make([]key, rnd.IntN(3))
		for i := range keys {
			keys[i] = key{byRecord, int64(rnd.Uint64())}
		}
		detail, err := w.encode(&want, keys, names)
		if err != nil {
			t.Fatal(err)
		}
		got := claude.Call{Time: noon}
		extra, err := decodeDetail(detail, &got, names.text, &known)
		if err != nil {
			t.Fatalf("decodeDetail(%x) of %+v: %v", detail, want, err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("call differs (-want +got):\n%s", diff)
		}
		if len(extra) != len(keys) || len(keys) > 0 && extra[len(keys)-1] != keys[len(keys)-1] {
			t.Fatalf("keys = %v; want %v", extra, keys)
		}
	}
}

func TestIDsComeBackAsTheyWere(t *testing.T) {
	for _, id := range []string{"", "req_", "req_abcd=", "req_AAAAA", "req_AB", "req_011CZAY8xAbCdEfGhIjKlMnO", "msg_x", "a", "ab", "-_-_", "ünï", "abcd=", "\x00", "AAAB", "AAAAA"} {
		p := packed{packID(nil, "req_", id)}
		if c, err := p.next(); err != nil || len(p.rest) != 0 || unpackID("req_", &c) != id {
			t.Errorf("packID(%q) = %+v, %v and back %q", id, c, err, unpackID("req_", &c))
		}
	}
}

// An id is kept as bytes exactly where base64 would give the same text again.
func TestIDsArePackedLikeBase64(t *testing.T) {
	strict := base64.RawURLEncoding.Strict()
	rnd := rand.New(rand.NewPCG(4, 4))
	const alphabet = "ABCxyz019-_+/=\r\n \xff"
	for range 20_000 {
		text := make([]byte, rnd.IntN(12))
		for i := range text {
			text[i] = alphabet[rnd.IntN(9+rnd.IntN(len(alphabet)-8))]
		}
		bytes, err := strict.DecodeString(string(text))
		want := packBlob(nil, bytes)
		if err != nil || strings.ContainsAny(string(text), "\r\n") {
			want = packText(nil, "req_"+string(text))
		}
		if got := packID(nil, "req_", "req_"+string(text)); string(got) != string(want) {
			t.Fatalf("packID(%q) = %x; want %x", text, got, want)
		}
	}
}

func FuzzDetail(f *testing.F) {
	names := &memNames{ids: map[string]int64{}}
	var known shapes
	c := full()
	var w detailWriter
	seed, err := w.encode(&c, []key{{byRecord, 5}}, names)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Clone(seed))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, detail []byte) {
		var w detailWriter
		got := claude.Call{Time: noon}
		extra, err := decodeDetail(detail, &got, names.text, &known)
		if err != nil {
			return
		}
		again, err := w.encode(&got, extra, names)
		if err != nil {
			t.Fatal(err)
		}
		twice := claude.Call{Time: noon}
		if _, err := decodeDetail(again, &twice, names.text, &known); err != nil {
			t.Errorf("decodeDetail(%x), written anew as %x: %v", detail, again, err)
		}
	})
}

// A detail that was written before iterations were kept reads as it did.
func TestOldDetailIsRead(t *testing.T) {
	detail := []byte{tagRetry, 4, tagThinking, 0xf0, 1, tagReading | hasRemaining | hasLimit, 2, 20}
	var got claude.Call
	extra, err := decodeDetail(detail, &got, func(int64) (string, error) { return "requests\x00\x0050", nil }, &shapes{})
	want := claude.Call{Retry: claude.Some[int64](2)}
	want.Usage.OutputTokensDetails.ThinkingTokens = claude.Some[int64](120)
	want.Readings = []claude.Reading{{Limiter: "requests", Limit: claude.Some[int64](50), Remaining: claude.Some[int64](40)}}
	if diff := gocmp.Diff(want, got); diff != "" || err != nil || len(extra) != 0 {
		t.Errorf("decodeDetail(%x) = %v, %v (-want +got):\n%s", detail, extra, err, diff)
	}
}
