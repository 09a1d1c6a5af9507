package decode

import (
	"bytes"
	"strings"
)

// People and models talk about errors and headers, and documentation quotes them. What is only spoken of is no call.

// speakers are what a line begins with that someone speaks in, in lower case.
var speakers = []string{
	"user:", "human:", "assistant:", "chat:", "question:", "answer:", "you:", "prompt:", "customer:",
	"the api ", "the claude", "if ", "when ", "i ", "we ", "my ", "our ", "they ", "you ", "example", "e.g. ", "for example",
}

// speech are words of lines that tell what someone said, in lower case.
var speech = []string{"message from", " said", " says", " asked", "assistant reply", "replied:", "means that", "you should", `text="`, "prompt:"}

// byPerson reports a line that tells what someone said, in its words.
func byPerson(text []byte) bool {
	if bySpeaker(text) {
		return true
	}
	low := strings.ToLower(string(text[:min(len(text), maxHeadLine)]))
	for _, p := range speech {
		if strings.Contains(low, p) {
			return true
		}
	}
	return false
}

// bySpeaker reports a line of a conversation, or a sentence of a text: what is quoted there happened elsewhere.
func bySpeaker(text []byte) bool {
	head := strings.ToLower(string(bytes.TrimLeft(text[:min(len(text), 40)], " \t>*#-[`")))
	for _, p := range speakers {
		if strings.HasPrefix(head, p) {
			return true
		}
	}
	if i := strings.IndexByte(head, '<'); i >= 0 { // 16:00:01] <nick> ...
		if nick := idAt([]byte(head[i+1:])); nick != "" && strings.HasPrefix(head[i+1+len(nick):], "> ") {
			return true
		}
	}
	return bytes.HasSuffix(bytes.TrimRight(text, " \"'"), []byte{'?'})
}

// ofOthers reports a line that names another company's model, or any address that is none of the API's.
func ofOthers(text []byte) bool {
	for word := range bytes.FieldsSeq(text) {
		if i := bytes.LastIndexByte(word, '='); i >= 0 {
			word = word[i+1:]
		}
		word = bytes.Trim(word, `"'[](),:`)
		if len(word) <= 64 && bytes.ContainsAny(word, "-0123456789") && isLetter(firstOf(word)) && otherModel(string(word)) || bytes.Contains(word, []byte("://")) {
			return true
		}
	}
	return false
}

func firstOf(word []byte) byte {
	if len(word) == 0 {
		return 0
	}
	return word[0]
}
