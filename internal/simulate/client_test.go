package simulate

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answers serves the given headers and statuses one after the other and keeps the retry counts that it was sent.
type answers struct {
	status []int
	header []http.Header
	counts []string
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i := len(a.counts)
	a.counts = append(a.counts, r.Header.Get("X-Stainless-Retry-Count"))
	maps.Copy(w.Header(), a.header[i])
	w.WriteHeader(a.status[i])
}

func TestClientRetriesAsTheSDKsDo(t *testing.T) {
	after := func(s string) http.Header { return http.Header{"Retry-After": {s}} }
	no, yes := http.Header{"X-Should-Retry": {"false"}}, http.Header{"X-Should-Retry": {"true"}}
	for _, c := range []struct {
		name   string
		status []int
		header []http.Header
		delays []time.Duration // least; the most is a third more unless told exactly
	}{
		{"fine", []int{200}, []http.Header{nil}, nil},
		{"told to wait", []int{429, 200}, []http.Header{after("7"), nil}, []time.Duration{7 * time.Second}},
		{"too long to wait", []int{429, 200}, []http.Header{after("61"), nil}, []time.Duration{375 * time.Millisecond}},
		{"back-off", []int{500, 529, 200}, []http.Header{nil, nil, nil}, []time.Duration{375 * time.Millisecond, 750 * time.Millisecond}},
		{"gives up", []int{429, 429, 429}, []http.Header{after("1"), after("1"), after("1")}, []time.Duration{time.Second, time.Second}},
		{"told not to", []int{429}, []http.Header{no}, nil},
		{"told to", []int{400, 200}, []http.Header{yes, nil}, []time.Duration{375 * time.Millisecond}},
		{"own mistake", []int{400}, []http.Header{nil}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &answers{status: c.status, header: c.header}
			server := httptest.NewServer(h)
			defer server.Close()
			cl := &client{server.Client(), server.URL, 2, Leaping(noon)}
			var got []*Exchange
			err := cl.ask(t.Context(), ask{key: "k", model: "m"}, rand.New(rand.NewPCG(1, 1)), func(x *Exchange) error {
				got = append(got, x)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			checkAttempts(t, got, h, c.delays)
			if len(got) != len(c.status) {
				t.Errorf("attempts = %d; want %d", len(got), len(c.status))
			}
		})
	}
}

func checkAttempts(t *testing.T, got []*Exchange, h *answers, delays []time.Duration) {
	t.Helper()
	var counts []string
	for i, x := range got {
		counts = append(counts, strconv.Itoa(i))
		var least time.Duration
		if i < len(delays) {
			least = delays[i]
		}
		if x.Delay < least || x.Delay > least*4/3+time.Millisecond || least == 0 && x.Delay != 0 {
			t.Errorf("delay after attempt %d = %v; want %v to a third more", i, x.Delay, least)
		}
		if i > 0 && x.Began.Sub(got[i-1].Ended) != got[i-1].Delay {
			t.Errorf("attempt %d began %v after the last one; want %v", i, x.Began.Sub(got[i-1].Ended), got[i-1].Delay)
		}
	}
	if diff := cmp.Diff(counts, h.counts); diff != "" {
		t.Errorf("retry counts (-want +got):\n%s", diff)
	}
}
