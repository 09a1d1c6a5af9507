package simulate

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// Truth is what really happened and how full the buckets really are: the oracle for what an agent reports.
type Truth struct {
	At      time.Time
	All     Counts
	ByModel map[string]Counts // by the model that the API answered with; "" for requests whose model was not understood
	ByKey   map[string]Counts // by the key's name; "" for invalid keys
	Causes  map[claude.Cause]int64
	Buckets []BucketTruth // sorted by pool and limiter
}

// Counts are answers by HTTP status and the tokens that they used. Refused calls use none.
type Counts struct {
	Status map[int]int64
	Tokens claude.Tokens
}

// BucketTruth is one bucket, exactly.
type BucketTruth struct {
	Pool      claude.Pool
	Limiter   claude.Limiter
	Limit     int64
	Remaining int64 // not rounded to thousands
	Fill      float64
	Full      time.Time // when it is full again; in the past when it is full
}

// Calls is how many answers there were.
func (c Counts) Calls() int64 {
	var n int64
	for _, k := range c.Status {
		n += k
	}
	return n
}

func (c Counts) clone() Counts { return Counts{maps.Clone(c.Status), c.Tokens} }

// books keep the counts of a Truth. The API's mutex guards them.
type books struct {
	all            Counts
	byModel, byKey map[string]*Counts
	causes         map[claude.Cause]int64
}

func newBooks() books {
	return books{
		all: Counts{Status: map[int]int64{}}, byModel: map[string]*Counts{}, byKey: map[string]*Counts{}, causes: map[claude.Cause]int64{},
	}
}

// count books one answer. Only an answer with status 200 has used tokens.
func (b *books) count(req *request, status int, cause claude.Cause) {
	var used claude.Tokens
	if status == 200 {
		used = claude.Tokens(req.demand)
	}
	if cause != "" {
		b.causes[cause]++
	}
	for _, c := range []*Counts{&b.all, entry(b.byModel, req.model), entry(b.byKey, req.key.Name)} {
		c.Status[status]++
		c.Tokens = sum(c.Tokens, used)
	}
}

func entry(m map[string]*Counts, key string) *Counts {
	if m[key] == nil {
		m[key] = &Counts{Status: map[int]int64{}}
	}
	return m[key]
}

func sum(a, b claude.Tokens) claude.Tokens { return a.Sub(claude.Tokens{}.Sub(b)) }

// Truth returns the books and the buckets as they are now.
func (a *API) Truth() Truth {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := Truth{
		At: a.clock.Now(), All: a.books.all.clone(), ByModel: map[string]Counts{}, ByKey: map[string]Counts{}, Causes: maps.Clone(a.books.causes),
	}
	for k, c := range a.books.byModel {
		t.ByModel[k] = c.clone()
	}
	for k, c := range a.books.byKey {
		t.ByKey[k] = c.clone()
	}
	for name, p := range a.pools {
		p.each(func(l claude.Limiter, b *bucket) {
			t.Buckets = append(t.Buckets, BucketTruth{name, l, b.limit, b.remaining(t.At), b.fill(t.At), b.full})
		})
	}
	slices.SortFunc(t.Buckets, func(x, y BucketTruth) int {
		return strings.Compare(string(x.Pool)+" "+string(x.Limiter), string(y.Pool)+" "+string(y.Limiter))
	})
	return t
}

// Bucket returns one bucket of the truth; the zero BucketTruth when there is none.
func (t Truth) Bucket(p claude.Pool, l claude.Limiter) BucketTruth {
	for _, b := range t.Buckets {
		if b.Pool == p && b.Limiter == l {
			return b
		}
	}
	return BucketTruth{}
}
