package decode

import (
	"bytes"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// .NET's HTTP client writes the address into the line of the request and the status into another, which names no address:
//
//	Sending HTTP request POST https://api.anthropic.com/v1/messages
//	Received HTTP response headers after 812.4ms - 429
//
// A second handler tells both once more; its lines are not read.
const (
	netRequest = "Sending HTTP request "
	netAnswer  = "Received HTTP response "
	netAgain   = "End processing HTTP request "
)

// netAsks are the requests of which no answer was seen yet. Nothing links the lines, so it counts only while all are the API's.
type netAsks struct {
	Open  int       `json:"open,omitempty"`
	Other bool      `json:"other,omitempty"` // some go to other addresses
	Ours  bool      `json:"ours,omitempty"`
	Last  time.Time `json:"last_at,omitzero"`
}

// netLine reads the lines that come before and after a request. It returns false where a line is neither.
func (d *Decoder) netLine(e entry) (result, bool) {
	asks := &d.asked.Net
	if !asks.Last.IsZero() && e.now.Sub(asks.Last) >= askedKept {
		*asks = netAsks{}
	}
	if bytes.Contains(e.text, []byte(netRequest)) && docStart(e.text) < 0 {
		asks.ask(e)
		return result{format: "dotnet", skipped: SkippedNoCall}, true
	}
	_, rest, ok := bytes.Cut(e.text, []byte(netAnswer))
	if !ok || asks.Open == 0 || docStart(e.text) >= 0 {
		return result{}, false
	}
	ours := asks.Ours && !asks.Other
	if asks.Open--; asks.Open == 0 {
		*asks = netAsks{}
	}
	if !ours {
		return result{skipped: SkippedOtherProvider}, true
	}
	r := d.newRecord()
	r.answered(rest)
	return d.named(r, e, "dotnet", nil), true
}

func (a *netAsks) ask(e entry) {
	var r record
	if _, rest, _ := bytes.Cut(e.text, []byte(netRequest)); r.spoken(rest) {
		a.Ours = true
	} else {
		a.Other = true
	}
	a.Open, a.Last = a.Open+1, e.now
}

// answered reads "headers after 812.4ms - 429".
func (r *record) answered(text []byte) {
	r.url = true
	_, text, _ = bytes.Cut(text, []byte("after "))
	spent, status, _ := bytes.Cut(text, []byte(" - "))
	if s, err := time.ParseDuration(string(spent)); err == nil && s >= 0 {
		r.call.DurationSeconds = claude.Some(s.Seconds())
	}
	if n, ok := statusOf(scalar{kindNumber, firstWord(bytes.TrimSpace(status))}); ok {
		r.call.Status = n
	}
}
