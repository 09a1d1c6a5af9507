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
	case '{':
		if bytes.IndexByte(body, '\n') < 0 { // it is a line already
			return []element{{body}}, nil
		}
		if json.Valid(body) { // ends at the second line of line by line records
			text, err := oneElement(body)
			return []element{{text}}, err
		}
	case '"':
		if json.Valid(body) {
			text, err := oneElement(body)
			return []element{{text}}, err
		}
	}
	return splitLines(body, limit)
}

// splitArray finds the elements of an array that is valid JSON.
func splitArray(body []byte, limit int) ([]element, error) {
	elements := []element{}
	rest := bytes.TrimLeft(body[1:], jsonSpace)
	for rest[0] != ']' {
		n := valueSize(rest)
		text, err := oneElement(bytes.TrimRight(rest[:n], jsonSpace))
		if err != nil {
			return nil, err
		}
		if len(elements) >= limit {
			return nil, tooMany(limit)
		}
		elements = append(elements, element{text})
		if rest = rest[n:]; rest[0] == ',' {
			rest = bytes.TrimLeft(rest[1:], jsonSpace)
		}
	}
	return elements, nil
}

const jsonSpace = " \t\r\n"

// valueSize is how far it is to the comma or the bracket behind the first value of valid JSON, an array's rest.
func valueSize(rest []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch rest[i] {
		case '"':
			for i++; rest[i] != '"'; i++ {
				if rest[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
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
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return raw, nil
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
