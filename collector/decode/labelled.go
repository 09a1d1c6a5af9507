package decode

import (
	"bytes"

	"github.com/claudewatch/claudewatch/claude"
)

// Some libraries print a response under labels of their own: resty (STATUS : 429 Too Many Requests), Ktor (RESPONSE: 429 Too Many Requests),
// LangChain4j (- status code: 429) and .NET (StatusCode: 429, ReasonPhrase: ...). Headers follow one a line, or all in one.

// statusLabels are what a status stands behind there, at the line's start or behind a logger's prefix.
var statusLabels = [...]string{
	"STATUS ", "RESPONSE: ", "- status code: ", "StatusCode: ", "Status: ", "Status Code: ", "Status code: ",
}

// responseRepr is what aiohttp prints of a response, with the headers on the line below: <CIMultiDictProxy('Date': ...)>.
const responseRepr = "<ClientResponse("

// statusLabel returns where the label of a status begins in a text that says one, or -1.
func statusLabel(text []byte) int {
	if i := bytes.Index(text, []byte(responseRepr)); i >= 0 && i <= maxPrefix && bytes.HasSuffix(text, []byte("]>")) {
		return i
	}
	if low := bytes.ToLower(text); len(low) == len(text) {
		for _, label := range []string{"response status code: ", "http status code: ", "response status: ", "http status: ", "response code: ", "http code: "} {
			if i := bytes.Index(low, []byte(label)); i >= 0 && labelledStatus(text, i, len(label)) {
				return i
			}
		}
	}
	for _, label := range statusLabels {
		i := bytes.Index(text, []byte(label))
		if i < 0 || !labelledStatus(text, i, len(label)) {
			continue
		}
		if label == "StatusCode: " && !bytes.HasSuffix(text, []byte("Headers:")) {
			continue
		}
		return i
	}
	return -1
}

// labelledStatus reports a status, and no more than its reason, behind a label of n bytes at i.
func labelledStatus(text []byte, i, n int) bool {
	code := bytes.TrimLeft(text[i+n:], " :")
	if i > maxPrefix || i > 0 && text[i-1] != ' ' || len(code) < 3 || !isStatus(code[:3]) {
		return false
	}
	reason := code[3:]
	return len(reason) == 0 || reason[0] == ',' && bytes.HasSuffix(text, []byte("Headers:")) || reason[0] == ' ' && !bytes.ContainsAny(reason, `=:{}",0123456789`)
}

// mayLabel is the cheap test for a line with the label of a status.
func mayLabel(text []byte) bool {
	return bytes.Contains(text, []byte("STATUS ")) || bytes.Contains(text, []byte("RESPONSE: ")) || bytes.HasSuffix(text, []byte("Headers:")) ||
		bytes.Contains(text, []byte(responseRepr))
}

// unlabelled is a line of such a response without its label.
func unlabelled(line []byte) []byte {
	if rest, ok := bytes.CutPrefix(line, []byte("-> ")); ok {
		return rest
	}
	if rest, ok := bytes.CutPrefix(line, []byte("<CIMultiDictProxy")); ok {
		return bytes.TrimSuffix(rest, []byte{'>'})
	}
	label, rest, ok := bytes.Cut(line, []byte(": "))
	if label = bytes.ToLower(bytes.TrimPrefix(label, []byte("- "))); !ok || len(rest) == 0 || !isOpening(rest[0]) && !bytes.HasPrefix(rest, []byte("Headers(")) {
		return line
	}
	switch string(label) {
	case "headers", "body", "response", "response headers", "response body", "response text", "response json", "response data", "text", "content", "error", "data", "json":
		return rest
	}
	return line
}

// takeLabelled judges the next line of such a response, before its body.
func (x *dump) takeLabelled(line []byte) dumpFate {
	trimmed := bytes.TrimSpace(line)
	switch {
	case len(trimmed) == 0, trimmed[0] == '[' && containsFold(trimmed, "request-id"), string(trimmed) == "{" && bytes.HasSuffix(x.lines[0], []byte("Headers:")):
		return dumpMore
	case string(trimmed) == "}":
		return dumpDone
	case bytes.HasPrefix(trimmed, []byte("BODY")):
		x.phase, x.body = phaseBody, len(x.lines)+1
		return dumpMore
	case printedHeaders(trimmed):
		return dumpMore
	case trimmed[0] == '{':
		x.phase, x.body = phaseBody, len(x.lines)
		if balance(line) == 0 && !nextIsName(trimmed) { // as a language prints it
			return dumpDone
		}
		return x.takeBody(line)
	case isLabel(trimmed):
		return dumpMore
	}
	if _, _, ok := headerOf(line); !ok || bytes.Contains(line, []byte("://")) {
		return dumpOver
	}
	return dumpMore
}

// printedHeaders reports all headers on one line, as a language prints a map.
func printedHeaders(line []byte) bool {
	return (isOpening(line[0]) || bytes.HasPrefix(line, []byte("Headers("))) && balance(line) == 0 && (containsFold(line, "anthropic-ratelimit-") || containsFold(line, "request-id'") || containsFold(line, `request-id"`)) && !bytes.Contains(line, []byte(`"error"`))
}

// isLabel reports a line that begins with words in capitals: COMMON HEADERS, PROTO        : HTTP/2.0.
func isLabel(line []byte) bool {
	n := 0
	for n < len(line) && (line[n] >= 'A' && line[n] <= 'Z' || line[n] == ' ') {
		n++
	}
	return n > 3 && (n == len(line) || line[n] == ':')
}

// labelledLine takes what a line of such a response says: headers, the address, or how long it took.
func (r *record) labelledLine(line []byte) {
	r.url = r.url || r.spoken(line)
	if label, value, ok := bytes.Cut(line, []byte{':'}); ok && bytes.HasPrefix(label, []byte("TIME DURATION")) {
		if s, ok := spentWord(append([]byte("took "), bytes.TrimSpace(value)...)); ok {
			r.call.DurationSeconds = claude.Some(s)
			r.tookFrom("status line", partDuration)
		}
	}
	if len(line) > 0 && line[0] != '[' && printedHeaders(line) {
		r.block(line)
		return
	}
	for pair := range bytes.SplitSeq(bytes.Trim(line, "[] \t\r"), []byte("], [")) {
		if name, value, ok := headerOf(pair); ok {
			r.header(name, scalar{kindString, value})
		}
	}
}
