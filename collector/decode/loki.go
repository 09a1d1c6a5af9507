package decode

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// lokiStart is what a push to Loki begins with. Nothing stands beside it.
const lokiStart = `{"streams":[`

// lokiAnswer is what Loki's answer to a query begins with.
const lokiAnswer = `{"status":"success","data":{"resultType":"streams","result":[`

// decodeLoki reads what is pushed to Loki: streams with their labels, and for each line its time in nanoseconds and its text.
func decodeLoki(d *Decoder, e entry) (result, bool) {
	text := e.text
	if bytes.HasPrefix(text, []byte(lokiAnswer)) {
		text = append([]byte(lokiStart), text[len(lokiAnswer):]...)
	} else if !bytes.HasPrefix(text, []byte(lokiStart)) {
		return result{}, false
	}
	var push struct {
		Streams []struct {
			Values [][]json.RawMessage `json:"values"`
		} `json:"streams"`
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&push); err != nil || e.depth >= maxInner {
		return result{}, false
	}
	all, n := result{skipped: SkippedNotClaude}, 0
	for _, s := range push.Streams {
		if n += len(s.Values); n > maxElements {
			return result{format: "loki", err: reject(RejectedLength, "more than %d lines in one", maxElements)}, true
		}
		for _, v := range s.Values {
			if inner, ok := lokiLine(v, e); ok {
				all.add(d.single(inner))
			}
		}
	}
	all.format = "loki"
	return all, n > 0
}

// lokiLine makes a line of a value: its time, its text, and perhaps what else is known of it.
func lokiLine(value []json.RawMessage, e entry) (entry, bool) {
	var nanos, text string
	if len(value) < 2 || json.Unmarshal(value[0], &nanos) != nil || json.Unmarshal(value[1], &text) != nil || text == "" {
		return e, false
	}
	at := stamp{}
	if n, err := strconv.ParseInt(nanos, 10, 64); err == nil && n > 0 {
		at = believable(stamp{time.Unix(0, n).UTC(), true})
	}
	inner := e.with([]byte(text), at)
	inner.depth++
	return inner, true
}
