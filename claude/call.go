package claude

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Providers through which Claude is called. A log may name others; they are kept as they are.
const (
	ProviderAnthropic = "anthropic"
	ProviderBedrock   = "bedrock"
	ProviderVertex    = "vertex"
	ProviderFoundry   = "foundry"
)

// Call is one HTTP attempt at the Claude API, as far as the logs tell. A retried request is several calls. Decoders make
// calls, the store merges the sightings of one call, everybody else reads them. The JSON names are those of the contract: what
// decode prints is what the webhook takes.
type Call struct {
	Time         time.Time `json:"time,omitzero"` // when the response came; the log's own time where it has one
	RequestID    string    `json:"request_id,omitempty"`
	MessageID    string    `json:"message_id,omitempty"`
	Provider     string    `json:"provider,omitempty"`
	Organization string    `json:"organization,omitempty"`
	Workspace    string    `json:"workspace,omitempty"`
	App          string    `json:"app,omitempty"`
	User         string    `json:"user,omitempty"`
	Model        string    `json:"model,omitempty"` // as logged
	Pool         Pool      `json:"pool,omitempty"`

	Status     int       `json:"status,omitempty"` // HTTP status; 0 is unknown
	ErrorType  string    `json:"error_type,omitempty"`
	ErrorCode  string    `json:"error_code,omitempty"`
	Cause      Cause     `json:"cause,omitempty"`
	RegainAt   time.Time `json:"regain_access_at,omitzero"` // when a spend limit ends, where the error says so
	ServerTime time.Time `json:"server_time,omitzero"`      // the response's Date header, for the skew of clocks

	DurationSeconds   Opt[float64] `json:"duration_seconds,omitzero"`
	FirstTokenSeconds Opt[float64] `json:"time_to_first_token_seconds,omitzero"`
	Stream            Opt[bool]    `json:"stream,omitzero"`
	Retry             Opt[int64]   `json:"retry,omitzero"` // 0 for the first attempt
	RetryAfterSeconds Opt[float64] `json:"retry_after_seconds,omitzero"`

	Usage    Usage        `json:"usage,omitzero"`
	Readings []Reading    `json:"readings,omitempty"`
	CostUSD  Opt[float64] `json:"cost_usd,omitzero"`
	Source   string       `json:"source,omitempty"`

	// Undated says that the record has no time of its own and Time is when it was read.
	Undated bool `json:"-"`
	// Sidechain says that a transcript replays this message under another request id.
	Sidechain bool `json:"-"`
	// Provenance says where the values came from; nil unless that was asked for.
	Provenance *Provenance `json:"-"`
}

// maxText is the longest text that a call keeps, in bytes; longer ones are cut, so that a hostile log can't fill the store.
const maxText = 256

// texts returns the call's free texts, all of them untrusted.
func (c *Call) texts() []*string {
	return []*string{
		&c.RequestID, &c.MessageID, &c.Provider, &c.Organization, &c.Workspace, &c.App, &c.User, &c.Model,
		(*string)(&c.Pool), &c.ErrorType, &c.ErrorCode, (*string)(&c.Cause), &c.Usage.ServiceTier, &c.Usage.Speed, &c.Usage.InferenceGeo,
	}
}

// Clean makes a decoded call fit to keep: texts are valid UTF-8 without control characters and at most 256 bytes, times are
// UTC, and the pool and the provider are set from the model where the record does not name them.
func (c *Call) Clean() {
	for _, s := range c.texts() {
		if *s != "" {
			*s = cleanText(*s)
		}
	}
	for _, t := range []*time.Time{&c.Time, &c.RegainAt, &c.ServerTime} {
		if !t.IsZero() {
			*t = t.UTC()
		}
	}
	for i := range c.Readings {
		r := &c.Readings[i]
		if r.Status != "" {
			r.Status = cleanText(r.Status)
		}
		if !r.Reset.IsZero() {
			r.Reset = r.Reset.UTC()
		}
	}
	if c.Model == "<synthetic>" { // Claude Code's own messages: no model was used
		c.Model = ""
	}
	if c.Model != "" && (c.Pool == "" || c.Provider == "") {
		m := ParseModel(c.Model)
		if c.Pool == "" {
			c.Pool = m.Pool
		}
		if c.Provider == "" {
			c.Provider = m.Provider
		}
	}
}

// Validate refuses a call that can't be true. The error names the field and the value.
func (c *Call) Validate() error {
	if c.Status != 0 && (c.Status < 100 || c.Status > 599) {
		return fmt.Errorf("status %d: out of range 100 to 599", c.Status)
	}
	if !c.Time.IsZero() && !inYears(c.Time, 2000) {
		return fmt.Errorf("time %s: out of range 2000 to 2199", c.Time.Format(time.RFC3339))
	}
	if d, ok := c.DurationSeconds.Get(); ok && (d < 0 || d > 1e7) {
		return fmt.Errorf("duration_seconds %g: out of range 0 to 1e7", d)
	}
	if d, ok := c.RetryAfterSeconds.Get(); ok && (d < 0 || d > 1e10) {
		return fmt.Errorf("retry_after_seconds %g: out of range 0 to 1e10", d)
	}
	if n, ok := c.Retry.Get(); ok && (n < 0 || n > 1e6) {
		return fmt.Errorf("retry %d: out of range 0 to 1e6", n)
	}
	if len(c.Readings) > maxReadings {
		return fmt.Errorf("readings: %d of them: more than %d", len(c.Readings), maxReadings)
	}
	for i := range c.Readings {
		if err := c.Readings[i].Validate(); err != nil {
			return err
		}
	}
	return c.Usage.Validate()
}

// inYears reports whether a time lies in the years from 2000, or from an earlier first one, to 2199. For those of this century it need not
// find out the year.
func inYears(t time.Time, first int) bool {
	const begin, end = 946771200, 4102358400 // 2 January 2000 and 31 December 2099, which they are in no zone's 1999 or 2100
	if s := t.Unix(); s >= begin && s < end {
		return true
	}
	y := t.Year()
	return y >= first && y <= 2199
}

// RateLimited reports a refusal with status 429.
func (c *Call) RateLimited() bool { return c.Status == 429 }

// Overloaded reports a refusal for the service's load: status 529, or that error inside a stream under status 200.
func (c *Call) Overloaded() bool { return c.Status == 529 || c.ErrorType == "overloaded_error" }

// Reading returns the call's reading of a limiter.
func (c *Call) Reading(l Limiter) (Reading, bool) {
	for _, r := range c.Readings {
		if r.Limiter == l {
			return r, true
		}
	}
	return Reading{}, false
}

func cleanText(s string) string {
	if len(s) <= maxText && isClean(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

func isClean(s string) bool {
	if n := len(s); n >= 8 && lettersAt(s, n-8) { // the last eight, then all before them
		i := 0
		for i+8 < n && lettersAt(s, i) {
			i += 8
		}
		if i+8 >= n {
			return true
		}
	}
	i := 0
	for i < len(s) && s[i] >= ' ' && s[i] < 0x7f { // mostly all of it
		i++
	}
	if i == len(s) {
		return true
	}
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// lettersAt reports whether the eight bytes from i on are visible ASCII or blanks. It takes them as one number: a byte is none if it is
// above 0x7e or below 0x20, which sets its highest bit in one of the terms.
func lettersAt(s string, i int) bool {
	s = s[i : i+8]
	x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	return (x|(x+0x0101010101010101)|(x-0x2020202020202020))&0x8080808080808080 == 0
}
