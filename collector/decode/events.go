package decode

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// maxTold bounds the windows that are remembered.
const maxTold = 8

// decodeRateLimitEvent reads what Claude Code tells of a subscription's windows. It is no call: the next message of the session carries the
// reading.
func decodeRateLimitEvent(d *Decoder, e entry) (result, bool) {
	at := docStart(e.text)
	if at < 0 {
		return result{}, false
	}
	var ev struct {
		Type string `json:"type"`
		Info struct {
			Status      string              `json:"status"`
			Window      string              `json:"rateLimitType"`
			Utilization claude.Opt[float64] `json:"utilization"`
			ResetsAt    int64               `json:"resetsAt"`
		} `json:"rate_limit_info"`
	}
	if err := json.NewDecoder(bytes.NewReader(e.text[at:])).Decode(&ev); err != nil || ev.Type != "rate_limit_event" {
		return result{}, false
	}
	res := result{format: "claude-code", skipped: SkippedNoCall}
	rd := claude.Reading{Limiter: windowLimiter(ev.Info.Window), Status: ev.Info.Status, Utilization: ev.Info.Utilization}
	if ev.Info.ResetsAt > 0 {
		rd.Reset = time.Unix(ev.Info.ResetsAt, 0).UTC()
	}
	if rd.Limiter == "" || rd.Validate() != nil {
		return res, true
	}
	for i := range d.told {
		if d.told[i].Limiter == rd.Limiter {
			d.told[i] = rd
			return res, true
		}
	}
	if len(d.told) < maxTold {
		d.told = append(d.told, rd)
	}
	return res, true
}

// windowLimiter is the limiter of a window as Claude Code names it.
func windowLimiter(window string) claude.Limiter {
	switch {
	case window == "five_hour":
		return "unified_5h"
	case window == "seven_day":
		return "unified_7d"
	case strings.HasPrefix(window, "seven_day_") && len(window) < 40:
		return claude.Limiter("unified_7d_" + strings.TrimPrefix(window, "seven_day_"))
	case window == "overage":
		return "unified_overage"
	default:
		return ""
	}
}

// tell gives the remembered readings to the next call of Claude Code.
func (d *Decoder) tell(c *claude.Call) {
	if len(d.told) > 0 && len(c.Readings) == 0 {
		c.Readings, d.told = d.told, nil
	}
}
