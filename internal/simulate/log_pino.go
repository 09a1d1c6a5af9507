package simulate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// NewPinoLog is the log of a Node service: one JSON object a line as pino writes it, the calls with the response's headers and
// the usage, other lines between them. A file of maxBytes is rotated (0: never), keep old ones stay.
func NewPinoLog(path string, maxBytes int64, keep int) (Log, error) {
	return newTextLog(path, pinoLines, maxBytes, keep)
}

// pinoBase is what every line begins with.
type pinoBase struct {
	Level    int    `json:"level"`
	Time     int64  `json:"time"` // epoch milliseconds
	PID      int    `json:"pid"`
	Hostname string `json:"hostname"`
	App      string `json:"app"`
}

type pinoCall struct {
	pinoBase
	User         string     `json:"user"`
	Model        string     `json:"model"`
	Retry        int        `json:"retry"`
	Req          pinoReq    `json:"req"`
	Res          pinoRes    `json:"res"`
	Usage        *wireUsage `json:"usage,omitempty"`
	Err          *wireError `json:"err,omitempty"`
	ResponseTime int64      `json:"responseTime"` // milliseconds
	Msg          string     `json:"msg"`
}

type pinoReq struct {
	Method string `json:"method"`
	URL    string `json:"url"`
}

type pinoRes struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
}

func pinoLines(buf []byte, x *Exchange) []byte {
	buf = pinoChatter(buf, x)
	c := pinoCall{
		pinoBase: pinoAt(x, 30), User: x.User, Model: x.Model, Retry: x.Retry,
		Req: pinoReq{http.MethodPost, "https://api.anthropic.com/v1/messages"}, Res: pinoRes{x.Status, lowerHeaders(x.Header)},
		ResponseTime: x.Ended.Sub(x.Began).Milliseconds(), Msg: "claude call completed",
	}
	if m, ok := x.message(); ok {
		c.Model, c.Usage = m.Model, &m.Usage
	} else {
		e := x.refusal()
		c.Level, c.Err, c.Msg = 50, &e, "claude call failed"
	}
	return appendJSON(buf, c)
}

func pinoAt(x *Exchange, level int) pinoBase {
	return pinoBase{level, x.Ended.UnixMilli(), 41, x.App + "-1", x.App}
}

// pinoChatter is what the service logs that has nothing to do with Claude.
func pinoChatter(buf []byte, x *Exchange) []byte {
	base := pinoAt(x, 30)
	for i := range x.Lot % 3 {
		base.Time = x.Began.UnixMilli() + int64(i)
		buf = appendJSON(buf, struct {
			pinoBase
			ReqID string `json:"reqId"`
			Route string `json:"route"`
			Msg   string `json:"msg"`
		}{base, fmt.Sprintf("r-%x", x.Lot>>32), [...]string{"/cart", "/orders", "/health"}[(x.Lot>>8)%3], "request received"})
	}
	return buf
}

// lowerHeaders is how the Python and Node clients show headers.
func lowerHeaders(h http.Header) map[string]string {
	low := make(map[string]string, len(h))
	for name, values := range h {
		low[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return low
}

// message reads the answer; ok is false for a refusal.
func (x *Exchange) message() (m wireMessage, ok bool) {
	ok = x.Status == http.StatusOK && json.Unmarshal(x.Body, &m) == nil
	return m, ok
}

func (x *Exchange) refusal() wireError {
	var e wireError
	_ = json.Unmarshal(x.Body, &e) // the API that wrote it is ours
	return e
}

// appendJSON appends a value as one line.
func appendJSON(buf []byte, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil { // plain structs of numbers and texts always marshal
		panic(fmt.Sprintf("marshal %T: %v", v, err))
	}
	return append(append(buf, data...), '\n')
}
