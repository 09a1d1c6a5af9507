package store

import (
	"context"
	"encoding/base64"
	"math"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// A call's flags. Of stream there are three states: known or not, and which.
const (
	flagUndated = 1 << iota
	flagSidechain
	flagStreamKnown
	flagStream
)

// What the API's ids begin with.
const (
	requestPrefix = "req_"
	messagePrefix = "msg_"
)

// row is a call as the table holds it. It is comparable, so that a sighting that told nothing new is seen and not written. The
// fields of type any are NULL, or one of the types that the schema names.
type row struct {
	scope                        int64
	user, status, cause, flags   any
	input, output, cacheRead     any
	cacheWrite, write5m, write1h any
	duration, cost               any
	requestID, messageID         any
	requestPacked, messagePacked bool
	detail                       string
}

const callColumns = `scope, user, status, cause, flags, input, output, cache_read, cache_write, write_5m, write_1h, duration, cost,
	request_id, message_id, detail`

// bind sets the arguments of insertCall but the first, which is the id.
func (r *row) bind(s *rawStmt) {
	request, message, detail := r.requestID, r.messageID, any(nil)
	if r.requestPacked {
		request = []byte(request.(string))
	}
	if r.messagePacked {
		message = []byte(message.(string))
	}
	if r.detail != "" {
		detail = []byte(r.detail)
	}
	s.set(1, r.scope, r.user, r.status, r.cause, r.flags, r.input, r.output, r.cacheRead, r.cacheWrite, r.write5m, r.write1h,
		r.duration, r.cost, request, message, detail)
}

func (r *row) dest() (dest []any, finish func()) {
	var request, message any
	var detail []byte
	dest = []any{
		&r.scope, &r.user, &r.status, &r.cause, &r.flags, &r.input, &r.output, &r.cacheRead, &r.cacheWrite, &r.write5m, &r.write1h,
		&r.duration, &r.cost, &request, &message, &detail,
	}
	return dest, func() {
		r.requestID, r.requestPacked = comparableID(request)
		r.messageID, r.messagePacked = comparableID(message)
		r.detail = string(detail)
	}
}

func comparableID(v any) (any, bool) {
	if b, ok := v.([]byte); ok {
		return string(b), true
	}
	return v, false
}

// names gives ids to what calls share.
type names interface {
	nameID(s string) (int64, error) // 0 for ""
	scopeID(s scope) (int64, error)
}

// makeRow turns a call into its row. extra are the keys that the call's own ids don't give.
func makeRow(c *claude.Call, extra []key, n names) (row, error) {
	r := row{
		status: number(int64(c.Status)), flags: number(flagsOf(c)),
		input: count(c.Usage.InputTokens), output: count(c.Usage.OutputTokens), cacheRead: count(c.Usage.CacheReadInputTokens),
		cacheWrite: count(c.Usage.CacheCreationInputTokens), write5m: count(c.Usage.CacheCreation.Ephemeral5m),
		write1h: count(c.Usage.CacheCreation.Ephemeral1h), duration: scaled(c.DurationSeconds, 1e6), cost: scaled(c.CostUSD, 1e9),
	}
	r.requestID, r.requestPacked = packID(requestPrefix, c.RequestID)
	r.messageID, r.messagePacked = packID(messagePrefix, c.MessageID)
	var err error
	if r.scope, err = n.scopeID(scopeOf(c)); err != nil {
		return row{}, err
	}
	user, err := n.nameID(c.User)
	if err != nil {
		return row{}, err
	}
	cause, err := n.nameID(string(c.Cause))
	if err != nil {
		return row{}, err
	}
	r.user, r.cause = number(user), number(cause)
	r.detail, err = encodeDetail(c, extra, n)
	return r, err
}

// call turns a row back into the call, and returns the keys that its ids don't give.
func (r *row) call(ctx context.Context, id int64, d dictionary) (claude.Call, []key, error) {
	flags := integer(r.flags)
	c := claude.Call{
		Time:      time.UnixMilli(id >> 16).UTC(),
		Undated:   flags&flagUndated != 0,
		Sidechain: flags&flagSidechain != 0,
		Status:    int(integer(r.status)),
		Usage: claude.Usage{
			InputTokens: counted(r.input), OutputTokens: counted(r.output), CacheReadInputTokens: counted(r.cacheRead),
			CacheCreationInputTokens: counted(r.cacheWrite),
			CacheCreation:            claude.CacheCreation{Ephemeral5m: counted(r.write5m), Ephemeral1h: counted(r.write1h)},
		},
		DurationSeconds: unscaled(r.duration, 1e6), CostUSD: unscaled(r.cost, 1e9),
		RequestID: unpackID(requestPrefix, r.requestID, r.requestPacked), MessageID: unpackID(messagePrefix, r.messageID, r.messagePacked),
	}
	if flags&flagStreamKnown != 0 {
		c.Stream = claude.Some(flags&flagStream != 0)
	}
	s, err := d.scope(ctx, r.scope)
	if err != nil {
		return c, nil, err
	}
	c.Provider, c.Organization, c.Workspace, c.App, c.Model, c.Pool = s.provider, s.organization, s.workspace, s.app, s.model, s.pool
	if c.User, err = d.name(ctx, integer(r.user)); err != nil {
		return c, nil, err
	}
	cause, err := d.name(ctx, integer(r.cause))
	if err != nil {
		return c, nil, err
	}
	c.Cause = claude.Cause(cause)
	extra, err := decodeDetail(r.detail, &c, func(id int64) (string, error) { return d.name(ctx, id) })
	return c, extra, err
}

func flagsOf(c *claude.Call) int64 {
	var f int64
	if c.Undated {
		f |= flagUndated
	}
	if c.Sidechain {
		f |= flagSidechain
	}
	if stream, ok := c.Stream.Get(); ok {
		f |= flagStreamKnown
		if stream {
			f |= flagStream
		}
	}
	return f
}

// number is NULL for 0, where 0 means unknown.
func number(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func integer(v any) int64 {
	n, _ := v.(int64)
	return n
}

func count(o claude.Opt[int64]) any {
	if n, ok := o.Get(); ok {
		return n
	}
	return nil
}

func counted(v any) claude.Opt[int64] {
	if n, ok := v.(int64); ok {
		return claude.Some(n)
	}
	return claude.Opt[int64]{}
}

// scaled keeps a number as a whole number of small units where that is exact, which takes half the bytes.
func scaled(o claude.Opt[float64], unit float64) any {
	f, ok := o.Get()
	if !ok || math.IsNaN(f) {
		return nil
	}
	if n := math.Round(f * unit); math.Abs(n) < 1<<53 && n/unit == f {
		return int64(n)
	}
	return f
}

func unscaled(v any, unit float64) claude.Opt[float64] {
	switch n := v.(type) {
	case int64:
		return claude.Some(float64(n) / unit)
	case float64:
		return claude.Some(n)
	default:
		return claude.Opt[float64]{}
	}
}

var strictBase64 = base64.RawURLEncoding.Strict()

// packID keeps an id of the API's usual shape, the prefix and base64url text, as the bytes of that text: a third shorter.
func packID(prefix, id string) (v any, packed bool) {
	if id == "" {
		return nil, false
	}
	text, ok := strings.CutPrefix(id, prefix)
	if !ok {
		return id, false
	}
	b, err := strictBase64.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // the decoder leaves line ends out; all else comes back as it was
		return id, false
	}
	return string(b), true
}

func unpackID(prefix string, v any, packed bool) string {
	s, _ := v.(string)
	if packed {
		return prefix + base64.RawURLEncoding.EncodeToString([]byte(s))
	}
	return s
}
