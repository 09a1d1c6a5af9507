package slacktest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// read answers what a bot asks of the channel: its messages with their metadata, or the list of channels.
func (s *Server) read(w http.ResponseWriter, q Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply := map[string]any{"ok": true}
	switch {
	case !s.readable:
		reply = map[string]any{"ok": false, "error": "missing_scope", "needed": "channels:history", "provided": "chat:write"}
	case strings.HasSuffix(q.Path, ".list"):
		reply["channels"] = []map[string]any{{"id": "C0OTHER", "name": "other"}, {"id": Channel, "name": "claude"}}
	default:
		var messages []map[string]any
		for _, m := range s.messages {
			if m.ThreadTS != "" || m.TS < q.Form.Get("oldest") {
				continue
			}
			one := map[string]any{"type": "message", "ts": m.TS, "text": m.Text}
			if m.Metadata != "" && q.Form.Get("include_all_metadata") == "1" {
				one["metadata"] = json.RawMessage(m.Metadata)
			}
			messages = append(messages, one)
		}
		reply["messages"] = messages
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(reply)
}

// Sizes that Slack refuses, in characters. Source: Slack API; the whole of the blocks was measured by others (slackapi/bolt-js#2509).
const (
	maxText   = 40_000
	maxBlocks = 13_200
)

// unfit returns Slack's error code for a message that it would not take.
func unfit(q Request, plain bool) string {
	if !strings.HasPrefix(q.Path, "/api/chat.") {
		return ""
	}
	attachments := q.Form.Get("attachments")
	switch {
	case len([]rune(q.Form.Get("text"))) > maxText:
		return "msg_too_long"
	case len([]rune(attachments)) > maxBlocks:
		return "msg_blocks_too_long"
	case plain && strings.Contains(attachments, `"data_visualization"`):
		return "invalid_blocks"
	case !sound(attachments):
		return "invalid_blocks"
	case q.Form.Get("text") == "" && (attachments == "" || attachments == "[]"):
		return "no_text"
	default:
		return ""
	}
}

// sound checks the texts of blocks the way Slack does: not empty, and not too long for their place.
func sound(attachments string) bool {
	if attachments == "" {
		return true
	}
	type object struct {
		Text string `json:"text"`
	}
	var list []struct {
		Blocks []struct {
			Type   string   `json:"type"`
			Text   *object  `json:"text"`
			Fields []object `json:"fields"`
		} `json:"blocks"`
	}
	if json.Unmarshal([]byte(attachments), &list) != nil || len(list) > 20 {
		return false
	}
	fits := func(o object, most int) bool { n := len([]rune(o.Text)); return n > 0 && n <= most }
	for _, a := range list {
		if len(a.Blocks) > 50 {
			return false
		}
		for _, b := range a.Blocks {
			most := 3000
			if b.Type == "header" {
				most = 150
			}
			if b.Text != nil && !fits(*b.Text, most) || len(b.Fields) > 10 {
				return false
			}
			for _, f := range b.Fields {
				if !fits(f, 2000) {
					return false
				}
			}
		}
	}
	return true
}
