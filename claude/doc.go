// Package claude is the ground floor: what the Claude API says of itself, as values.
//
// A call is one HTTP attempt; its headers give readings of limiters, its body gives usage, its refusal has a cause. The
// package parses and merges them and does their arithmetic. It does no I/O and imports only the standard library, so that
// every other package can speak in its words.
//
// Unknown is not zero: a number that a log may leave out is an [Opt], a missing text is "", a missing time is the zero time.
package claude
