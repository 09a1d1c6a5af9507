package decode

import "strings"

// looseWords are the words that logs put before the names of counts, and that say no more than that they are of a call.
var looseWords = []string{"usage", "llm", "claude", "anthropic", "model", "message", "response", "api", "ai", "genai", "num"}

// looseCount is countName for names with more words than needed: llm_input_tokens, usage_output_tokens, input_tokens_used. Sums keep
// their names: a total is none of a call.
func looseCount(k []byte) string {
	if len(k) < len("intokens") || len(k) > maxKey {
		return ""
	}
	name := string(k)
	switch name[len(name)-4:] {
	case "kens":
	case "used":
		name = strings.TrimSuffix(name, "used")
	case "ount":
		name = strings.TrimSuffix(strings.TrimSuffix(name, "count"), "s") + "s" // of tokens: others are no counts of them
	default:
		return ""
	}
	if !strings.HasSuffix(name, "tokens") {
		return ""
	}
	if short := trimWord(name); short != name {
		name = short
	} else if len(name) == len(k) {
		return ""
	}
	return strictCount([]byte(name))
}

// trimWord takes one of the words off a name.
func trimWord(name string) string {
	for _, w := range looseWords {
		if rest, ok := strings.CutPrefix(name, w); ok {
			return rest
		}
	}
	return name
}

// looseForeign reports the name of a count of another API with a word more than needed: llm_prompt_tokens.
func looseForeign(k []byte) bool {
	name := string(k)
	return (strings.HasSuffix(name, "prompttokens") || strings.HasSuffix(name, "completiontokens")) &&
		(trimWord(name) == "prompttokens" || trimWord(name) == "completiontokens")
}
