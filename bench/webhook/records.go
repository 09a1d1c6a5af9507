package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/claudewatch/claudewatch/bench/loggen/applog"
)

// records makes log lines that are calls.
type records struct {
	lines *applog.Generator
	line  []byte
}

func newRecords(seed uint64) (*records, error) {
	const perSecond = 1000
	g, err := applog.New(applog.Options{Seed: seed, Start: time.Now().Add(-10 * time.Minute), LinesPerSecond: perSecond})
	if err != nil {
		return nil, err
	}
	return &records{lines: g}, nil
}

// body is some records, a line each, and where in it the request ids have their last letters and the times their digits.
type body struct {
	text  []byte
	ids   []int
	times []int
}

// idLetters is how many of an id's last letters are no part of its number and may be changed.
const idLetters = 11

func (r *records) body(calls int) *body {
	var b body
	for len(b.ids) < calls {
		line, call := r.lines.Append(r.line[:0])
		r.line = line
		if !call {
			continue
		}
		const key = `"request-id":"req_01`
		at := bytes.Index(line, []byte(key)) + len(key) + idLetters
		b.ids = append(b.ids, len(b.text)+at)
		const timeKey = `"time":`
		b.times = append(b.times, len(b.text)+bytes.Index(line, []byte(timeKey))+len(timeKey))
		b.text = append(b.text, line...)
	}
	return &b
}

// number makes the body's calls new ones, which ended until now, a millisecond apart: senders send calls when they have ended.
func (b *body) number(n uint64, now time.Time) {
	for i, at := range b.times {
		ended := now.UnixMilli() - int64(len(b.times)-1-i)
		strconv.AppendInt(b.text[at:at], ended, 10) // in place: it has as many digits
	}
	digits := strconv.AppendUint(nil, n, 36)
	for _, at := range b.ids {
		copy(b.text[at:at+idLetters], "00000000000")
		copy(b.text[at+idLetters-len(digits):], digits)
	}
}

// request is the body as a whole HTTP request.
func (b *body) request(host string) *body {
	head := fmt.Sprintf("%s /v1/calls HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n",
		http.MethodPost, host, len(b.text))
	whole := &body{text: append([]byte(head), b.text...)}
	for i := range b.ids {
		whole.ids, whole.times = append(whole.ids, b.ids[i]+len(head)), append(whole.times, b.times[i]+len(head))
	}
	return whole
}
