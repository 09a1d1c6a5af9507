package webhook

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// reply is the body of a 200.
type reply struct {
	Accepted   int
	Duplicates int
	Rejected   []rejection
}

// append appends the reply as JSON. Most replies are two numbers.
func (r *reply) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"accepted":`...), int64(r.Accepted), 10)
	b = strconv.AppendInt(append(b, `,"duplicates":`...), int64(r.Duplicates), 10)
	b = append(b, `,"rejected":[`...)
	for i, x := range r.Rejected {
		if i > 0 {
			b = append(b, ',')
		}
		text, _ := json.Marshal(x) // numbers and texts only
		b = append(b, text...)
	}
	return append(b, "]}\n"...)
}

// rejection says why an element gave no call. It never quotes the element.
type rejection struct {
	Index int    `json:"index"`
	Error string `json:"error"`
}

// httpError is an error with the status that tells the sender of it.
type httpError struct {
	status int
	text   string
	header [2]string // one more header; the empty name is none
}

func (e *httpError) Error() string { return e.text }

var (
	errBusy = &httpError{
		status: http.StatusTooManyRequests, text: "too much is waiting to be stored: try again", header: [2]string{"Retry-After", "1"},
	}
	errTooMuch = &httpError{
		status: http.StatusRequestEntityTooLarge, text: "the request needs more memory than there is for all: send fewer records at once",
	}
	errStore = &httpError{
		status: http.StatusServiceUnavailable, text: "the calls can't be stored now: try again", header: [2]string{"Retry-After", "5"},
	}
)

func writeError(w http.ResponseWriter, err error) {
	var e *httpError
	if !errors.As(err, &e) {
		e = &httpError{status: http.StatusInternalServerError, text: "internal error"}
	}
	if e.header[0] != "" {
		w.Header().Set(e.header[0], e.header[1])
	}
	text, _ := json.Marshal(map[string]string{"error": e.text}) // a text only
	writeJSON(w, e.status, append(text, '\n'))
}

// jsonType is a header's value that all answers share. Nobody changes it.
var jsonType = []string{"application/json"}

func writeJSON(w http.ResponseWriter, status int, text []byte) {
	w.Header()["Content-Type"] = jsonType
	w.WriteHeader(status)
	_, _ = w.Write(text) // the sender may be gone; what was stored stays
}
