package simulate

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// NewPythonLog is the log of a script that uses the Python SDK with ANTHROPIC_LOG=debug: several lines per attempt, the headers
// as a Python dict, no usage. A file of maxBytes is rotated (0: never), keep old ones stay.
//
// The shape is that of anthropic-sdk-python's _base_client.py and httpx's _client.py; line numbers differ between versions.
func NewPythonLog(path string, maxBytes int64, keep int) (Log, error) {
	return newTextLog(path, pythonLines, maxBytes, keep)
}

const pythonURL = "https://api.anthropic.com/v1/messages"

func pythonLines(buf []byte, x *Exchange) []byte {
	line := func(at time.Time, logger, level, format string, args ...any) {
		buf = fmt.Appendf(buf, "[%s - %s - %s] ", at.UTC().Format(time.DateTime), logger, level)
		buf = append(fmt.Appendf(buf, format, args...), '\n')
	}
	line(x.Began, "anthropic._base_client:515", "DEBUG", "Request options: %s", pythonOptions(x))
	line(x.Began, "anthropic._base_client:1292", "DEBUG", "Sending HTTP Request: POST %s", pythonURL)
	reason := http.StatusText(x.Status)
	line(x.Ended, "httpx:1025", "INFO", `HTTP Request: POST %s "HTTP/1.1 %d %s"`, pythonURL, x.Status, reason)
	line(x.Ended, "anthropic._base_client:1311", "DEBUG", `HTTP Response: POST %s "%d %s" Headers(%s)`, pythonURL, x.Status, reason, pythonDict(x.Header))
	line(x.Ended, "anthropic._base_client:1319", "DEBUG", "request_id: %s", x.Header.Get("Request-Id"))
	switch {
	case x.Delay > 0:
		line(x.Ended, "anthropic._base_client:866", "DEBUG", "Retrying due to status code %d", x.Status)
		line(x.Ended, "anthropic._base_client:1330", "DEBUG", "%d retries left", x.Left)
		line(x.Ended, "anthropic._base_client:1333", "INFO", "Retrying request to /v1/messages in %f seconds", x.Delay.Seconds())
	case x.Status != http.StatusOK:
		buf = fmt.Appendf(buf, "ERROR answer to %s: Error code: %d\n", x.User, x.Status)
	default:
		buf = fmt.Appendf(buf, "INFO answered %s\n", x.User)
	}
	return buf
}

func pythonOptions(x *Exchange) string {
	return fmt.Sprintf("{'method': 'post', 'url': '/v1/messages', 'timeout': 600, 'files': None, "+
		"'json_data': {'max_tokens': %d, 'messages': [{'role': 'user', 'content': '%s'}], 'model': '%s'}}", x.MaxTokens, Canary, x.Model)
}

// pythonDict writes headers as the repr of a dict.
func pythonDict(h http.Header) string {
	low := lowerHeaders(h)
	pairs := make([]string, 0, len(low))
	for name, value := range low {
		pairs = append(pairs, fmt.Sprintf("'%s': '%s'", name, value))
	}
	slices.Sort(pairs)
	return "{" + strings.Join(pairs, ", ") + "}"
}
