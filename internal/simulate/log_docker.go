package simulate

import (
	"bytes"
	"net/http"
	"time"
)

// NewDockerLog is the log of a container as Docker's json-file driver keeps it: each line of the app is a string in a JSON
// object. The app logs the API's whole answer, text included. A file of maxBytes is rotated (0: never), keep old ones stay.
func NewDockerLog(path string, maxBytes int64, keep int) (Log, error) {
	return newTextLog(path, dockerLines, maxBytes, keep)
}

// structCall is a line of structlog, the app's own logger.
type structCall struct {
	Event      string            `json:"event"`
	Timestamp  string            `json:"timestamp"`
	Level      string            `json:"level"`
	App        string            `json:"app"`
	User       string            `json:"user"`
	Model      string            `json:"model"`
	StatusCode int               `json:"status_code"`
	Retry      int               `json:"retry"`
	DurationMS int64             `json:"duration_ms"`
	Headers    map[string]string `json:"headers"`
	Response   *wireMessage      `json:"response,omitempty"`
	Error      *wireError        `json:"error,omitempty"`
}

func dockerLines(buf []byte, x *Exchange) []byte {
	if x.Retry == 0 {
		buf = dockerLine(buf, x.Began, []byte("INFO worker: document taken from the queue\n"))
	}
	c := structCall{
		Event: "anthropic_call", Timestamp: x.Ended.UTC().Format("2006-01-02T15:04:05.000000Z"), Level: "info", App: x.App, User: x.User,
		Model: x.Model, StatusCode: x.Status, Retry: x.Retry, DurationMS: x.Ended.Sub(x.Began).Milliseconds(), Headers: lowerHeaders(x.Header),
	}
	if m, ok := x.message(); ok {
		c.Model, c.Response = m.Model, &m
	} else {
		e := x.refusal()
		c.Level, c.Error = "warning", &e
	}
	buf = dockerLine(buf, x.Ended, appendJSON(nil, c))
	if x.Status == http.StatusOK {
		buf = dockerLine(buf, x.Ended, []byte("INFO worker: document done\n"))
	}
	return buf
}

// dockerLine wraps one line, its line break included.
func dockerLine(buf []byte, at time.Time, line []byte) []byte {
	return appendJSON(buf, struct {
		Log    string `json:"log"`
		Stream string `json:"stream"`
		Time   string `json:"time"`
	}{string(bytes.ToValidUTF8(line, nil)), "stdout", at.UTC().Format(time.RFC3339Nano)})
}
