package decode

import "bytes"

// look looks into a string under a name that says nothing, but not where people and models speak.
func (r *record) look(f field, s scalar) {
	if len(s.raw) >= minText && relevant(s.raw) && !spokenName(f.key) && (string(f.key) != "context" || s.raw[0] == '{') {
		r.text(s)
	}
}

// bodyText takes a response's body that stands in a string under ECS's name for it.
func (r *record) bodyText(f field, s scalar) {
	if string(f.key) == "content" && (bytes.HasPrefix(s.raw, []byte(`{\"`)) || bytes.HasPrefix(s.raw, []byte("event: message_"))) {
		r.text(s)
	}
}

// spokenEnds are how names end under which people and models speak: page_content, chat_history, ticket_text.
var spokenEnds = [][]byte{
	[]byte("prompt"), []byte("question"), []byte("answer"), []byte("content"), []byte("history"), []byte("conversation"), []byte("transcript"), []byte("text"),
}

// technical reports a name with such an end under which programs speak: response_content, error_text, raw_text.
func technical(k []byte) bool {
	for _, word := range []string{"error", "log", "exception", "response", "payload", "raw", "http", "stderr", "stdout"} {
		if bytes.Contains(k, []byte(word)) {
			return string(k) != "responsetext"
		}
	}
	return false
}

// spokenName reports a name under which applications keep what was asked and answered.
func spokenName(key []byte) bool {
	var buf [maxKey]byte
	k := normalKey(key, &buf)
	for _, end := range spokenEnds {
		if bytes.HasSuffix(k, end) {
			return !technical(k)
		}
	}
	switch string(k) {
	case "document", "documents", "snippet", "emailbody", "review", "subject", "article", "passage", "excerpt", "feedback", "utterance", "dialog", "issuebody",
		"memory", "notes", "note", "quote", "searchresults", "input", "output", "question", "answer", "query", "inputtext", "outputtext", "responsetext", "usermessage", "assistantmessage",
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
