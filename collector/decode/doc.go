// Package decode turns lines of logs into calls.
//
// A line passes a cheap test for anything of Claude's first; most lines end there. Wrappers (Docker, CRI) are taken off, then the
// formats are tried in order: each has a name, needles that a line of it must hold, and a function that reads it. A new format is
// one file and one line in the list. Formats take named fields only; no other text of a log is ever kept.
//
// An application's lines about calls are mostly built alike. A decoder learns such a shape from a line that it walked, by watching the walk,
// and reads those that follow by it; whatever is odd about a line, it is walked. The same watching serves Options.Explain.
//
// Records of several lines are bounded in lines, bytes and time. Where the lines are known one by one (a Python SDK's, a stream's events)
// they are assembled from fields, which are part of the state; where they are one text (a head, an object in brackets) the position
// stays before the first line until the last is there, and the text is never kept.
package decode
