package decode

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/claudewatch/claudewatch/claude"
)

// Applications tell of a call in words of their own: [claude-opus-5] 1204 input tokens, 487 output tokens, 812ms, or Input tokens: 1204 |
// Output tokens: 487. It counts only in what looks like a line of a log, beside a model of Claude's, and with both counts.

// maxCounted is the longest line whose words are counted.
const maxCounted = 512

// countWords are the words for a count, the longer before the shorter.
var countWords = []struct {
	word, name string
}{
	{"cache_creation_input", "cache_creation_input_tokens"},
	{"cache creation", "cache_creation_input_tokens"},
	{"cache_creation", "cache_creation_input_tokens"},
	{"cache write", "cache_creation_input_tokens"},
	{"cache_write", "cache_creation_input_tokens"},
	{"cache_read_input", "cache_read_input_tokens"},
	{"cache read", "cache_read_input_tokens"},
	{"cache_read", "cache_read_input_tokens"},
	{"input", "input_tokens"},
	{"output", "output_tokens"},
	{"in", "input_tokens"},
	{"out", "output_tokens"},
}

// plans are words of lines that tell what may be used, or costs, not what was.
var plans = []string{
	"per minute", "per million", "mtok", "max", "limit", "pric", "support", "context", "estimat", "budget", "up to", "would", "session", "average", "avg",
	"total in", "total out", "totals", "total usage",
}

// counted reads the counts that a line says in words. spoken says that the line is known to be one of a log.
func (r *record) counted(text []byte, spoken bool) {
	if r.usageR > 0 || r.foreign || len(text) > maxCounted || !spoken && !logged(text) {
		return
	}
	low := bytes.ToLower(text)
	if len(low) != len(text) || !bytes.Contains(low, []byte("token")) && !bytes.Contains(low, []byte("usage")) {
		return
	}
	model := r.call.Model
	if model == "" {
		model = modelIn(text)
	}
	cached := bytes.Contains(low, []byte("cache_creation_input_tokens")) || bytes.Contains(low, []byte("cache_read_input_tokens")) // the API's own names
	if !claudeModel(model) && !cached || otherModel(model) || planned(low) || byPerson(text) || ofOthers(text) {
		return
	}
	u := countsIn(low)
	if !u.InputTokens.Known() || !u.OutputTokens.Known() {
		return
	}
	r.call.Usage, r.usageR = u, rankFlat
	for _, p := range []part{partInput, partOutput, partCacheRead, partCacheCreation} {
		if countOf(&r.call, p).Known() {
			r.tookFrom("words of the line", p)
		}
	}
	if r.call.Model == "" && model != "" {
		r.call.Model, r.modelR = model, 1
		r.tookFrom("words of the line", partModel)
	}
	r.spentIn(text)
}

func planned(low []byte) bool {
	for _, word := range plans {
		if bytes.Contains(low, []byte(word)) {
			return true
		}
	}
	return false
}

// countsIn reads counts from words in lower case: "input tokens: 1204", "in=1204", "1204 input tokens".
func countsIn(low []byte) (u claude.Usage) {
	for i := 0; i < len(low); i++ {
		if i > 0 && (isNameByte(low[i-1]) || low[i-1] == '.') {
			continue
		}
		for _, w := range countWords {
			rest, ok := bytes.CutPrefix(low[i:], []byte(w.word))
			if !ok {
				continue
			}
			if len(rest) > 0 && isNameByte(rest[0]) && rest[0] != '_' {
				break
			}
			var c claude.Call
			if n, ok := countBeside(low[:i], rest); ok {
				c.Usage = u
				if to := countOf(&c, countPart(w.name)); to != nil && !to.Known() {
					*to = claude.Some(n)
					u = c.Usage
				}
			}
			i += len(w.word) - 1
			break
		}
	}
	return u
}

// countBeside reads the number that belongs to a word: behind it and a colon or an equals sign, or before it.
func countBeside(before, after []byte) (int64, bool) {
	after = bytes.TrimLeft(after, " _")
	after = bytes.TrimPrefix(bytes.TrimPrefix(after, []byte("tokens")), []byte("token"))
	after = bytes.TrimLeft(after, " \"'")
	if len(after) > 0 && (after[0] == ':' || after[0] == '=') {
		after = bytes.TrimLeft(after[1:], " \"'")
		n := 0
		for n < len(after) && (isDigit(after[n]) || after[n] == ',' && n+3 < len(after) && isDigit(after[n+1])) {
			n++
		}
		if n < len(after) && (isLetter(after[n]) || after[n] == '.' && n+1 < len(after) && isDigit(after[n+1])) {
			return 0, false
		}
		return figure(after[:n])
	}
	words := bytes.Fields(before[max(0, len(before)-24):])
	if len(words) == 0 || before[len(before)-1] != ' ' {
		return 0, false
	}
	return figure(bytes.TrimLeft(words[len(words)-1], "([{|<"))
}

// figure reads a whole number, with commas between thousands perhaps.
func figure(text []byte) (int64, bool) {
	if len(text) == 0 || !isDigit(text[0]) || len(text) > 12 {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(string(text), ",", ""), 10, 64)
	return n, err == nil && n <= maxCount
}

// modelIn finds a word that is a model of Claude's.
func modelIn(text []byte) string {
	if id := modelWord(text); id != "" {
		return id
	}
	for word := range bytes.FieldsSeq(text) {
		word = bytes.TrimLeft(word, `[(<"'|/`)
		if i := bytes.Index(word, []byte("claude-")); i < 0 || i > 0 && word[i-1] != '/' && word[i-1] != '.' && word[i-1] != '=' {
			continue
		} else if eq := bytes.IndexByte(word, '='); eq >= 0 && eq < i {
			word = word[eq+1:]
		}
		id := modelAt(word)
		if m := claude.ParseModel(id); id != "" && string(m.Pool) != m.Name { // the table knows it
			return id
		}
	}
	return ""
}

// levels are the words that loggers have for how much a line matters.
var levels = map[string]bool{
	"error": true, "warn": true, "warning": true, "info": true, "debug": true, "err": true, "wrn": true, "inf": true, "dbg": true,
	"critical": true, "fatal": true, "trace": true, "notice": true, "information": true,
}

// logged reports a line that begins as loggers begin theirs: with the time of day, or with a level.
func logged(text []byte) bool {
	head := text[:min(len(text), 48)]
	for i := 0; i+5 <= len(head); i++ {
		if isDigit(head[i]) && isDigit(head[i+1]) && head[i+2] == ':' && isDigit(head[i+3]) && isDigit(head[i+4]) {
			return true
		}
	}
	word, _, _ := bytes.Cut(bytes.TrimLeft(head, "[(< "), []byte{' '})
	if i := bytes.IndexAny(word, ":]["); i >= 0 {
		word = word[:i]
	}
	return levels[strings.ToLower(string(word))]
}
