package decode

import "bytes"

// sent is a request to the API of which the log shows the head, as curl -v, wget, HTTPie, a debugging proxy and the Go SDK print it, until the
// head of its response comes, which may say nothing of where it comes from: Cloudflare's 413, a 502.
type sent struct {
	Lane string `json:"lane,omitempty"`
	End  int64  `json:"end,omitempty"` // of the line that names the host
}

// maxSent is how far below the request's host the response may begin, in bytes: what was sent stands between them.
const maxSent = 1 << 20

// see notes a line that names the API as a request's host.
func (s *sent) see(e entry, end int64) {
	text := e.text
	if len(text) == 0 || text[0] == '{' || len(text) > maxHeadLine*4 || !bytes.Contains(text, []byte(apiHost)) {
		return
	}
	trimmed := bytes.TrimRight(text, " \t\r")
	if bytes.Contains(text, []byte("Host: "+apiHost)) && !bytes.Contains(text, []byte(`":`)) || requestLine(trimmed) {
		*s = sent{Lane: e.lane, End: end}
	}
}

// requestLine reports a line that ends like a request's with the whole address: POST https://api.anthropic.com/v1/messages HTTP/2.0.
func requestLine(text []byte) bool {
	i := bytes.LastIndex(text, []byte(" HTTP/"))
	if i < 0 || len(text)-i > len(" HTTP/2.0") {
		return false
	}
	return bytes.Contains(text[:i], []byte("POST https://"+apiHost+"/v1/messages"))
}

// other notes a line that names another host.
func (s *sent) other(text []byte) {
	if s.End > 0 && (bytes.Contains(text, []byte("Host: ")) || bytes.Contains(text, []byte(" https://"))) {
		*s = sent{}
	}
}

// answers reports whether the head of a response that begins at an offset answers the request, which is answered then.
func (s *sent) answers(lane string, start int64) bool {
	ok := s.End > 0 && s.Lane == lane && start >= s.End && start-s.End <= maxSent
	if ok {
		*s = sent{}
	}
	return ok
}
