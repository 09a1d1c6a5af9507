package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// element is one thing that the sender counts: an array's element, or a line. A log record in a string may have several
// lines.
type element struct {
	text []byte
}

// split finds the elements of a body: an array of records and log lines, one record however it is laid out, or a line each. A body
// that begins like JSON and isn't is taken line by line: log lines may begin with a bracket too.
func split(body []byte, limit int) ([]element, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(body) == 0 {
		return nil, &httpError{status: http.StatusBadRequest, text: "the body is empty"}
	}
	switch body[0] {
	case '[':
		if json.Valid(body) {
			return splitArray(body, limit)
		}
	case '{', '"':
		if json.Valid(body) { // ends at the second line of line by line records
			text, err := oneElement(body)
			return []element{{text}}, err
		}
	}
	return splitLines(body, limit)
}

func splitArray(body []byte, limit int) ([]element, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	if _, err := dec.Token(); err != nil {
		return nil, errJSON
	}
	elements := []element{}
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, errJSON
		}
		text, err := oneElement(raw)
		if err != nil {
			return nil, err
		}
		if len(elements) >= limit {
			return nil, tooMany(limit)
		}
		elements = append(elements, element{text})
	}
	return elements, nil
}

// oneElement brings a JSON value to the form of a log line: a string is one, anything else is written without line breaks.
func oneElement(raw []byte) ([]byte, error) {
	if raw[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, errJSON
		}
		return []byte(s), nil
	}
	var line bytes.Buffer
	if err := json.Compact(&line, raw); err != nil {
		return nil, errJSON
	}
	return line.Bytes(), nil
}

func splitLines(body []byte, limit int) ([]element, error) {
	var elements []element
	for line := range bytes.Lines(body) {
		line = bytes.TrimRight(line, "\r\n")
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(elements) >= limit {
			return nil, tooMany(limit)
		}
		elements = append(elements, element{line})
	}
	return elements, nil
}

var errJSON = &httpError{status: http.StatusBadRequest, text: "the body is not valid JSON"}

func tooMany(limit int) error {
	return &httpError{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("the body has more than %d elements", limit)}
}
