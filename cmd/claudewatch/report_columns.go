package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
	"github.com/claudewatch/claudewatch/internal/config"
	"github.com/claudewatch/claudewatch/store"
)

// reportColumn is a column behind the dimensions. Its name is part of the contract.
type reportColumn struct {
	name  string
	title string // in the table
	// value returns what a row has there, unknown where the calls don't tell.
	value func(*store.ReportSums) claude.Opt[float64]
	text  func(float64) string // in the table
	// need is how gladly the table goes without it: the largest go first. 0 stays.
	need int
	// table says that only the table has it.
	table bool
}

// reportColumns returns the columns in their order.
func reportColumns() []reportColumn {
	tokens := func(of func(claude.Tokens) int64) func(*store.ReportSums) claude.Opt[float64] {
		return func(s *store.ReportSums) claude.Opt[float64] {
			if s.Measured == 0 {
				return claude.Opt[float64]{}
			}
			return claude.Some(float64(of(s.Tokens)))
		}
	}
	count := func(of func(*store.ReportSums) int64) func(*store.ReportSums) claude.Opt[float64] {
		return func(s *store.ReportSums) claude.Opt[float64] { return claude.Some(float64(of(s))) }
	}
	part := func(q float64) func(*store.ReportSums) claude.Opt[float64] {
		return func(s *store.ReportSums) claude.Opt[float64] { return s.Seconds(q) }
	}
	return []reportColumn{
		{"calls", "CALLS", count(func(s *store.ReportSums) int64 { return s.Calls }), human, 0, false},
		{"rate_limited", "429", count(func(s *store.ReportSums) int64 { return s.RateLimited }), human, 1, false},
		{"overloaded", "529", count(func(s *store.ReportSums) int64 { return s.Overloaded }), human, 9, false},
		{"retries", "RETRIES", count(func(s *store.ReportSums) int64 { return s.Retries }), human, 7, false},
		{"retry_delay_seconds", "DELAY", count(func(s *store.ReportSums) int64 { return s.RetryDelay.Microseconds() }), seconds6, 10, false},
		{"input_tokens", "INPUT", tokens(func(t claude.Tokens) int64 { return t.Input }), human, 3, false},
		{"output_tokens", "OUTPUT", tokens(func(t claude.Tokens) int64 { return t.Output }), human, 3, false},
		{"cache_read_tokens", "CACHED", tokens(func(t claude.Tokens) int64 { return t.CacheRead }), human, 8, false},
		{"cache_write_5m_tokens", "WRITE 5M", tokens(func(t claude.Tokens) int64 { return t.CacheWrite5m }), human, 11, false},
		{"cache_write_1h_tokens", "WRITE 1H", tokens(func(t claude.Tokens) int64 { return t.CacheWrite1h }), human, 11, false},
		{"cache_share", "CACHE", (*store.ReportSums).CacheShare, ratio, 4, true},
		{"cost_usd", "USD", (*store.ReportSums).CostUSD, money, 0, false},
		{"unpriced_tokens", "UNPRICED", count(func(s *store.ReportSums) int64 { return s.Unpriced }), human, 10, false},
		{"p50_seconds", "P50", part(0.50), shortSeconds, 8, false},
		{"p95_seconds", "P95", part(0.95), shortSeconds, 5, false},
		{"p99_seconds", "P99", part(0.99), shortSeconds, 11, false},
	}
}

func ratio(f float64) string { return fmt.Sprintf("%.0f %%", 100*f) }

// seconds6 takes microseconds, in which delays are whole numbers.
func seconds6(micros float64) string { return shortSeconds(micros / 1e6) }

func shortSeconds(s float64) string {
	switch {
	case s == 0:
		return "0s"
	case s < 0.9995:
		return fmt.Sprintf("%.0fms", s*1000)
	case s < 99.95:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", s), ".0") + "s"
	default:
		return human(s) + "s"
	}
}

// money writes USD with cents, or what is left of them where it is less.
func money(usd float64) string {
	switch {
	case usd == 0:
		return "0"
	case usd < 0.01:
		return fmt.Sprintf("%.4f", usd)
	case usd < 9999.5:
		return fmt.Sprintf("%.2f", usd)
	default:
		return human(usd)
	}
}

// number writes a column's value as JSON and CSV have it: whole where it is one, at most nine places behind the point otherwise.
func (c *reportColumn) number(s *store.ReportSums) (string, bool) {
	v, ok := c.value(s).Get()
	if !ok {
		return "", false
	}
	if c.name == "retry_delay_seconds" {
		v /= 1e6
	}
	text := strconv.FormatFloat(v, 'f', 9, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), "."), true
}

// findColumn returns the column of a name, which may be that of a dimension: then there is none.
func findColumn(name string, by []store.Dimension) (*reportColumn, error) {
	var names []string
	for _, c := range reportColumns() {
		if c.name == name {
			return &c, nil
		}
		names = append(names, c.name)
	}
	for _, d := range by {
		if string(d) == name {
			return nil, nil
		}
		names = append(names, string(d))
	}
	hint := config.DidYouMean(name, names)
	if hint == "" {
		hint = "valid are " + strings.Join(names, ", ")
	}
	return nil, &usageError{err: fmt.Errorf("--sort %q: no such column", clip(name, 40)), hint: hint}
}
