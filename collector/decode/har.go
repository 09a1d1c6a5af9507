package decode

import (
	"bytes"
	"encoding/json"
	"strings"
)

// harMember is what a body has beside it in HAR, and what nothing that people or models say has.
const harMember = `"mimeType"`

// isHAR reports an object that may be the body of a response as HAR keeps it: {"mimeType": ..., "text": ...} below content.
func isHAR(data []byte) bool {
	return data[0] == '{' && bytes.Contains(data, []byte(harMember))
}

// har takes the body of a response, which is private like all content but for the fields of the API's that are in it.
func (r *record) har(data []byte) {
	var content struct {
		Type string          `json:"mimeType"`
		Text json.RawMessage `json:"text"`
	}
	if json.Unmarshal(data, &content) != nil || len(content.Text) < 2 || content.Text[0] != '"' {
		return
	}
	if typ := strings.ToLower(content.Type); strings.Contains(typ, "json") || strings.HasPrefix(typ, "text/event-stream") {
		r.bodyText(field{key: []byte("content")}, scalar{kindString, content.Text[1 : len(content.Text)-1]})
	}
}
