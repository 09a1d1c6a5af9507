package decode

import "bytes"

// look looks into a string under a name that says nothing, but not where people and models speak.
func (r *record) look(f field, s scalar) {
	if len(s.raw) >= minText && relevant(s.raw) && !spokenName(f.key) {
		r.text(s)
	}
}

// bodyText takes a response's body that stands in a string under ECS's name for it.
func (r *record) bodyText(f field, s scalar) {
	if string(f.key) == "content" && (bytes.HasPrefix(s.raw, []byte(`{\"`)) || bytes.HasPrefix(s.raw, []byte("event: message_"))) {
		r.text(s)
	}
}

// spokenName reports a name under which applications keep what was asked and answered.
func spokenName(key []byte) bool {
	var buf [maxKey]byte
	switch string(normalKey(key, &buf)) {
	case "input", "output", "question", "answer", "query", "inputtext", "outputtext", "responsetext", "usermessage", "assistantmessage",
		"assistantresponse", "userinput", "userprompt", "systemprompt", "generatedtext", "instructions", "instruction", "arguments", "summary",
		"description", "comment", "transcript", "toolresponse", "tooloutput", "reasoning":
		return true
	default:
		return false
	}
}

// listed reads fields that stand behind a message, as Rust's tracing lists them: claude failed, status: 429, model: "claude-sonnet-5".
func (r *record) listed(text []byte) {
	first := -1
	for _, start := range []string{", status: ", ", request_id: ", ", model: ", ", input_tokens: "} {
		if i := bytes.Index(text, []byte(start)); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	if first >= 0 && len(text)-first <= maxSaid {
		r.doc(append(append([]byte{'{'}, text[first+2:]...), '}'), false)
	}
}
