package decode

import "strings"

// correlationID reports an id as loggers make them up; those of the API begin with req_.
func correlationID(id string) bool {
	if len(id) < 16 {
		return false
	}
	return strings.Trim(strings.ToLower(id), "0123456789abcdef-") == ""
}

// requestID keeps an id. The API's own beat any other; an application's own id of its request is none.
func (r *record) requestID(fr *frame, f field, s scalar) {
	if s.kind != kindString || len(s.raw) == 0 {
		return
	}
	id, rank := s.text(), 1
	if (fr.aws || string(f.key) == "requestID") && correlationID(id) {
		r.more().awsID = id
	}
	switch {
	case cutID(id):
		return
	case strings.HasPrefix(id, "req_"):
		rank = 3
	case fr.depth > 0 || r.inner > 0 || string(f.key) != "request_id":
		return
	case correlationID(id):
		rank = 0 // stands only in a record that names its provider
	}
	if r.call.RequestID == "" || rank > r.idR {
		r.call.RequestID, r.idR = id, rank
		r.took(partRequestID, s.raw)
	}
}

// cutID reports an id that someone shortened or scrubbed, which can't tell calls apart.
func cutID(id string) bool {
	return strings.HasSuffix(id, "...") || strings.HasSuffix(id, "…") || strings.HasPrefix(id, "<") || id == "req_"
}
