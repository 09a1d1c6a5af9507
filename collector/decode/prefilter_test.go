package decode

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestRelevant(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabet := []byte(strings.Join(needles[:], ""))
	found := 0
	for range 20000 {
		text := make([]byte, rnd.IntN(60))
		for i := range text {
			text[i] = alphabet[rnd.IntN(len(alphabet))]
		}
		if n := needles[rnd.IntN(len(needles))]; rnd.IntN(2) == 0 && len(text) >= needleLen {
			copy(text[rnd.IntN(len(text)-needleLen+1):], n)
		}
		want := false
		for _, n := range needles {
			want = want || bytes.Contains(text, []byte(n))
		}
		if got := relevant(text); got != want {
			t.Fatalf("relevant(%q) = %v; want %v", text, got, want)
		}
		if want {
			found++
		}
	}
	if found < 5000 || found > 15000 {
		t.Errorf("%d of 20000 texts held a needle; want a mix", found)
	}
}

// TestLinear feeds texts that would take a careless search for the end of values or strings minutes.
func TestLinear(t *testing.T) {
	for _, unit := range []string{"date:x ", `date:'`, `\"`, `{"a":`, `{"a" `, `{\"`, `"\\"`, "anthropic-ratelimit-", `request-id=>[`} {
		text := "anthropic-ratelimit-x request-id HTTP Response: " + strings.Repeat(unit, 60000)
		calls, s := decodeAll(t, []byte(text+"\n"+`{"model":"claude-x","msg":"`+strings.ReplaceAll(text, `"`, `\"`)+`"}`), Options{})
		if len(calls) != 0 || s.Lines != 2 {
			t.Errorf("File(60000 times %q) = %d calls of %d lines; want none of 2", unit, len(calls), s.Lines)
		}
	}
}
