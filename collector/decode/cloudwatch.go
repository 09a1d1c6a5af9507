package decode

import (
	"encoding/json"
	"time"
)

// decodeCloudWatch reads a batch of log events as CloudWatch hands them on: each message is a line of its own.
func decodeCloudWatch(d *Decoder, e entry) (result, bool) {
	if docStart(e.text) != 0 {
		return result{}, false
	}
	var batch struct {
		Events []struct {
			Millis  int64  `json:"timestamp"`
			Message string `json:"message"`
		} `json:"logEvents"`
	}
	if err := json.Unmarshal(e.text, &batch); err != nil || len(batch.Events) == 0 || len(batch.Events) > maxElements {
		return result{}, false
	}
	all := result{skipped: SkippedNotClaude}
	for _, ev := range batch.Events {
		if len(ev.Message) == 0 {
			continue
		}
		at := stamp{}
		if ev.Millis > 0 {
			at = believable(stamp{time.UnixMilli(ev.Millis).UTC(), true})
		}
		inner := e.with([]byte(ev.Message), at)
		inner.depth = e.depth + 1
		if inner.depth <= maxInner {
			all.add(d.single(inner))
		}
	}
	all.format = "cloudwatch"
	return all, true
}
