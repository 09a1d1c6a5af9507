package claude

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Headers collects what response headers say of a call. Add takes them one at a time, from whatever source and in any case; the
// zero value is ready. Source: API rate limits page, "Response headers"; the unified family from clients that read it.
type Headers struct {
	RequestID    string
	Organization string
	Workspace    string
	Date         time.Time
	RetryAfter   Opt[float64] // seconds
	Readings     []Reading
	// Known counts the headers that meant something; 0 says that the source held none of the API's.
	Known int

	retryMillis bool   // retry-after-ms was seen and wins
	retryDate   string // retry-after as a date, until Date is known
	lastOrg     string // of the response before Reset: mostly the next one has the same
	lastSpace   string
}

// ParseHeaders reads all headers of a source. The errors name the headers that could not be read; the others stand.
func ParseHeaders(pairs iter.Seq2[string, string]) (Headers, []error) {
	var h Headers
	var errs []error
	for name, value := range pairs {
		if err := h.Add(name, value); err != nil {
			errs = append(errs, err)
		}
	}
	return h, errs
}

// HeaderName brings a header's name to the form that Add matches: lower case, dashes, without a gateway's prefix.
func HeaderName(name string) string {
	name = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "llm_provider-")
	if !strings.Contains(name, "-") { // a logger that writes anthropic_ratelimit_requests_limit
		name = strings.ReplaceAll(name, "_", "-")
	}
	return name
}

// IsHeader reports whether a field's name is that of one of the API's own headers, so that a log which spills headers among its
// own fields is recognised.
func IsHeader(name string) bool {
	name = HeaderName(name)
	return strings.HasPrefix(name, "anthropic-ratelimit-") || strings.HasPrefix(name, "anthropic-priority-") ||
		strings.HasPrefix(name, "anthropic-fast-") || name == "anthropic-organization-id" || name == "anthropic-workspace-id"
}

// Add takes one header. Headers that mean nothing here are ignored, empty and scrubbed values too. The error names the header, and
// the value where it is of figures.
func (h *Headers) Add(name, value string) error {
	name, value = HeaderName(name), strings.TrimSpace(value)
	if value == "" || strings.HasPrefix(value, "<") {
		return nil
	}
	known, err := h.add(name, value)
	if err != nil {
		return fmt.Errorf("header %s%s: %w", cleanText(name), showNumeric(value), err)
	}
	if known {
		h.Known++
	}
	return nil
}

func (h *Headers) add(name, value string) (known bool, err error) {
	switch name {
	case "request-id":
		h.RequestID = value
	case "anthropic-organization-id":
		h.Organization = value
	case "anthropic-workspace-id":
		h.Workspace = value
	case "date":
		t, err := parseHTTPTime(value)
		if err != nil {
			return false, err
		}
		h.setDate(t)
		return false, nil // every server sends one
	case "retry-after":
		return h.retryAfter(value)
	case "retry-after-ms":
		ms, err := strconv.ParseFloat(value, 64)
		if err != nil || !(ms >= 0 && ms < 1e13) {
			return false, errNumber
		}
		h.RetryAfter, h.retryMillis = Some(ms/1000), true
	default:
		return h.limit(name, value)
	}
	return true, nil
}

// showNumeric returns a value for an error text if it can only be a number or a time. Anything else may be a key or a prompt that got
// into the wrong field, and error texts are kept and shown.
func showNumeric(value string) string {
	if strings.Trim(value, "0123456789+-.:TZ ") != "" || len(value) > maxText {
		return ""
	}
	return fmt.Sprintf(" %q", value)
}

var errNumber = fmt.Errorf("no number in range")

func (h *Headers) retryAfter(value string) (bool, error) {
	if h.retryMillis {
		return true, nil
	}
	if s, err := strconv.ParseFloat(value, 64); err == nil {
		if !(s >= 0 && s < 1e10) {
			return false, errNumber
		}
		h.RetryAfter = Some(s)
		return true, nil
	}
	if _, err := parseHTTPTime(value); err != nil {
		return false, err
	}
	h.retryDate = value
	h.setDate(h.Date)
	return true, nil
}

// setDate keeps the server's clock and resolves a retry-after that is a date: only the server's own clock says how long that is.
func (h *Headers) setDate(t time.Time) {
	h.Date = t
	if h.retryDate == "" || t.IsZero() || h.retryMillis {
		return
	}
	if at, err := parseHTTPTime(h.retryDate); err == nil {
		h.RetryAfter = Some(max(0, at.Sub(t).Seconds()))
	}
}

// limit reads anthropic-{ratelimit,priority,fast}-<limiter>-{limit,remaining,reset} and
// anthropic-ratelimit-unified-<window>-{status,utilization,reset}.
func (h *Headers) limit(name, value string) (bool, error) {
	rest, ok := strings.CutPrefix(name, "anthropic-")
	if !ok {
		return false, nil
	}
	family, rest, _ := strings.Cut(rest, "-")
	i := strings.LastIndexByte(rest, '-')
	if i <= 0 {
		return false, nil
	}
	limiter, field := strings.ReplaceAll(rest[:i], "-", "_"), rest[i+1:]
	unified := strings.HasPrefix(limiter, "unified_")
	switch {
	case family == "priority", family == "fast":
		limiter = family + "_" + limiter
	case family != "ratelimit", limiter == "unified":
		return family == "ratelimit", nil // the account's summary: the windows say it better
	}
	switch {
	case field == "limit" || field == "remaining" || field == "reset":
	case unified && (field == "status" || field == "utilization"):
	default:
		return true, nil
	}
	return h.set(Limiter(limiter), field, value)
}

// set sets one field of a limiter's reading. A value that can't be read leaves no empty reading behind, and names that
// are none of the API's make none.
func (h *Headers) set(l Limiter, field, value string) (bool, error) {
	i := slices.IndexFunc(h.Readings, func(r Reading) bool { return r.Limiter == l })
	if i < 0 && (!l.valid() || len(h.Readings) >= maxReadings) {
		return false, nil
	}
	r := Reading{Limiter: l}
	if i >= 0 {
		r = h.Readings[i]
	}
	if err := r.set(field, value); err != nil {
		return true, err
	}
	if i >= 0 {
		h.Readings[i] = r
	} else {
		h.Readings = append(h.Readings, r)
	}
	return true, nil
}

func (r *Reading) set(field, value string) error {
	switch field {
	case "limit", "remaining":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 || n > maxLimit {
			return errNumber
		}
		if field == "limit" {
			r.Limit = Some(n)
		} else {
			r.Remaining = Some(n)
		}
	case "utilization":
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(f) || f < 0 || f > maxUtilization {
			return errNumber
		}
		r.Utilization = Some(f)
	case "status":
		r.Status = cleanText(value)
	case "reset":
		t, err := ParseReset(value)
		if err != nil {
			return err
		}
		r.Reset = t
	}
	return nil
}

// ParseReset reads a reset: RFC 3339, or epoch seconds as the unified family sends them.
func ParseReset(value string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, value); err == nil && t.UTC().Year() >= 1970 && t.UTC().Year() <= 2199 {
		return t.UTC(), nil
	}
	s, err := strconv.ParseFloat(value, 64)
	if err != nil || !(s >= 0 && s < 7e9) {
		return time.Time{}, fmt.Errorf("neither RFC 3339 nor epoch seconds")
	}
	return time.Unix(int64(s), 0).UTC(), nil
}

func parseHTTPTime(value string) (time.Time, error) {
	for _, layout := range []string{time.RFC1123, time.RFC850, time.ANSIC} {
		if t, err := time.Parse(layout, value); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("no HTTP date")
}

// Apply puts what the headers say into a call that does not say it itself.
func (h *Headers) Apply(c *Call) {
	c.RequestID = firstText(c.RequestID, h.RequestID)
	c.Organization = firstText(c.Organization, h.Organization)
	c.Workspace = firstText(c.Workspace, h.Workspace)
	c.ServerTime = firstTime(c.ServerTime, h.Date)
	c.RetryAfterSeconds = c.RetryAfterSeconds.fill(h.RetryAfter)
	if len(c.Readings) == 0 && len(h.Readings) > 0 {
		c.Readings = slices.Clone(h.Readings) // h may be used again
		return
	}
	c.Readings = mergeReadings(c.Readings, h.Readings)
}
