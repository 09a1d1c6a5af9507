package decode

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/claudewatch/claudewatch/claude"
)

// frame is an object or array that is being walked, with what can only be judged once all of it is known.
type frame struct {
	depth    int
	array    bool
	request  bool // what the application sent, not what came back
	headers  bool // members are headers
	body     bool // the body of a response, as ECS keeps it
	usage    bool // members are counts
	spilled  bool // members are counts, if those of the parent are
	own      bool // what Anthropic said, as an SDK of many providers hands it on
	included bool // what stands here is a part of the input
	ended    bool // end is one
	cache    bool // what the cache gave and took
	tally    bool // says that there were several calls
	aws      bool // what an SDK of Amazon says of the response
	person   bool // tells of the user
	list     bool // elements may be records

	headerSeen bool // a header of the API stood among the members
	hasHeaders bool // the headers stood below
	hasUsage   bool
	model      scalar
	status     scalar
	typ        scalar
	message    scalar
	code       scalar
	date       scalar
	retryAfter scalar
	name       scalar // of a pair, or the header that an array holds the values of
	value      scalar
	id         scalar
	begin      scalar
	app        scalar
	user       scalar
	end        scalar
}

// record is what one line says, collected by a walk. Rank says how good the place was where a value stood; the better one wins, and
// of equal ones the first.
type record struct {
	fields []mapping
	path   [][]byte
	mapped [targetCount]string
	texts  *texts // nil of a record that is not the decoder's
	trail  *trail // notes where values come from; mostly nil

	isMapped bool // something of mapped is set
	usual    bool // read by a shape, its texts need no cleaning and its readings are in range

	inner int // strings within strings that we are in
	time  stamp
	timeR int

	call    claude.Call
	headers claude.Headers
	refusal claude.Refusal
	usageR  int
	modelR  int
	statusR int
	idR     int
	flat    int // number of the object whose members are counts
	objects int

	badStatus int    // a status that can't be true, where no other is known
	typ       string // of the outermost object
	errorKind string // as transcripts name errors
	apiShape  bool   // an error of the API's shape: other companies use the same types, but not the object around them
	session   bool
	apiError  bool
	message   bool // a member of the outermost object is a message of the API
	url       bool // the API's address stood in it
	foreign   bool // another company's address or usage stood in it
	named     bool // names its provider
	inclusive bool // the input includes what the cache read and wrote
	param     bool // an error's of OpenAI's shape
	idInWords bool // a sentence names the request's id: that shows no headers
	again     bool // tells of a response that another record told of
	prompt    claude.Opt[int64]
	generated claude.Opt[int64]
	rare      *seldom             // what few records hold
	sdk       []byte              // text that a format of several lines may know
	period    bool                // names a stretch of time
	day       bool                // a date of it is a day
	report    bool                // sums up many calls
	uncounted bool                // asks how many tokens a prompt has, which is no use of them
	cacheHit  bool                // a gateway answered by itself
	callType  bool                // it is LiteLLM's
	recorded  bool                // it is an entry of HAR
	loose     bool                // lasted is only the time until the first token, perhaps
	exclusive bool                // the prompt does not include what the cache read and wrote
	wrote     bool                // a name that Datadog gives what the cache wrote
	many      bool                // an array holds several objects that may be records
	closed    bool                // such arrays are passed over
	odd       bool                // something in it is read in a way that no shape knows
	lasted    claude.Opt[float64] // the call, by a name that says no usual unit
	err       error
	depth     int // of the JSON around what is being walked
}

func (r *record) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// enter is told of an object or array below the parent's key. It fills in the frame, which is new, and returns whether to look into it.
func (r *record) enter(fr, parent *frame, f field, array bool) bool {
	fr.array = array
	if parent != nil {
		fr.depth = parent.depth + 1
		fr.request, fr.usage = parent.request, parent.usage
		fr.headers, fr.own, fr.included = parent.headers, parent.own, parent.included
		if array && parent.headers && !parent.array {
			if fr.name = (scalar{kindString, f.key}); f.role == roleValue && parent.name.raw != nil { // {"Key": ..., "Value": [...]}
				fr.name = parent.name
			}
		}
	}
	if f.role == rolePrivate || f.role == roleSum || f.role == roleReadings && fr.depth == 1 || f.role == roleInstant {
		return false
	}
	if parent != nil && parent.list && f.index > 0 && !array {
		r.many, r.odd = true, true
	}
	if !r.open(fr, parent, f, array) {
		return false
	}
	if fr.usage && array { // iterations: parts of what the object says as a whole, see subtree
		return false
	}
	r.objects++
	r.push(f.key)
	return true
}

// open notes what the name of an object or array says of its contents. It returns false where they are not wanted.
func (r *record) open(fr, parent *frame, f field, array bool) bool {
	switch f.role {
	case roleList:
		if fr.list = array && !fr.request && !fr.headers && !fr.usage; fr.list && r.closed {
			return false
		}
	case rolePeriod:
		r.period = true
	case roleOwn:
		fr.own = true
	case roleOther, roleCache:
		fr.spilled = !fr.usage && !array && usagePart(f.key)
		fr.cache = f.role == roleCache
	case roleAWS:
		fr.aws = true
	case roleUser:
		fr.person = !array && fr.depth == 1
	case roleForeign:
		r.foreign, fr.included = true, true
	case roleHeaders:
		fr.headers = true
		if parent != nil {
			parent.hasHeaders = true
		}
	case roleRequest:
		fr.request = true
	case roleUsage:
		fr.usage = true
		if parent != nil {
			parent.hasUsage = true
		}
		if r.usageR >= rankUsage && r.call.Usage.Known() && !fr.own && !detailed(f.key) {
			return false // a second one: iterations, or the sum of a session
		}
		if r.trail != nil && r.call.Usage.Known() {
			r.trail.dropUsage()
		}
		r.usageR, r.call.Usage, r.inclusive = rankUsage, claude.Usage{}, false // it beats counts that were spilled among other fields
	case roleMessage:
		fr.body = string(f.key) == "body"
	case roleInputDetails:
		fr.usage, fr.included = fr.usage || r.usageR == rankFlat, true
	case roleHeader, roleRequestID, roleDate, roleRetryAfter:
		if array && wantedHeader(lastPart(f.key)) {
			fr.headers, fr.name, parent.headerSeen = true, scalar{kindString, lastPart(f.key)}, true
		} else if !array && parent != nil { // as Node 18 keeps a header: its name, and an object of name and value
			fr.headers = true
		}
	default:
	}
	return true
}

// detailed reports the name of a usage object that says more than the one beside it, as Langfuse's do.
func detailed(key []byte) bool {
	return string(key) == "usageDetails" || string(key) == "usage_details"
}

// usagePart reports the name of an object inside of a usage object.
func usagePart(key []byte) bool {
	switch string(key) {
	case "cache_creation", "cacheCreation", "output_tokens_details", "outputTokensDetails", "server_tool_use", "serverToolUse":
		return true
	default:
		return false
	}
}

// leave is told that an object or array ends.
func (r *record) leave(fr *frame) {
	r.pop()
	if fr.array {
		return
	}
	if fr.model.raw != nil {
		r.setModel(fr.model, fr)
	}
	if fr.status.raw != nil {
		r.setStatus(fr.status, fr)
	}
	if fr.ended && fr.begin.raw != nil && fr.end.raw != nil {
		r.between(fr)
	}
	if fr.headers || fr.headerSeen {
		r.header([]byte("date"), fr.date)
		if _, ok := claude.UsualDate(fr.date.raw); !ok && fr.date.raw != nil {
			r.odd = true // another line's may be a date of the server's
		}
		r.header([]byte("retry-after"), fr.retryAfter)
	} else if fr.retryAfter.raw != nil && !fr.request {
		r.setSeconds(partRetryAfter, "retry_after_seconds", fr.retryAfter, 1)
	}
	if fr.headers && fr.name.raw != nil {
		r.header(fr.name.raw, fr.value)
	} else if fr.typ.raw != nil && fr.name.raw == nil && fr.value.kind == kindString && !plain(fr.value.raw) { // an exception, as Sentry keeps it
		r.look(field{}, fr.value)
	}
	r.report = r.report || fr.tally && fr.hasUsage
	if fr.depth > 0 && (fr.model.raw != nil || fr.hasUsage || fr.status.raw != nil) { // they stand where the call stands
		r.setText(partApp, fr.app, true)
		r.setText(partUser, fr.user, true)
	}
	r.leaveTyped(fr)
}

// leaveTyped judges an object by its type: an error, a message, or the record itself.
func (r *record) leaveTyped(fr *frame) {
	typ := ""
	if fr.typ.kind == kindString && len(fr.typ.raw) < 64 {
		typ = fr.typ.text()
	}
	if fr.id.kind == kindString && r.call.MessageID == "" && (typ == "message" || fr.hasUsage || bytes.HasPrefix(fr.id.raw, []byte("msg_"))) {
		if typ == "message" || bytes.HasPrefix(fr.id.raw, []byte("msg_")) {
			r.call.MessageID, r.message = fr.id.text(), true
			r.took(partMessageID, fr.id.raw)
		}
	}
	if (strings.HasSuffix(typ, "_error") || typ == "request_too_large") && r.refusal.Type == "" && !fr.request {
		r.refusal.Type = typ
		r.refusal.Message = fr.message.text()
		r.took(partErrorType, fr.typ.raw)
		if len(fr.message.raw) > 0 {
			r.took(partMessage, fr.message.raw)
		}
		if fr.code.kind == kindString {
			r.refusal.Code = fr.code.text()
			r.took(partErrorCode, fr.code.raw)
		}
	}
	r.apiShape = r.apiShape || typ == "error" && apiType(r.refusal.Type) && !r.param
	if fr.depth == 0 && r.inner == 0 {
		r.typ = typ
	}
}

// subtree is offered the bytes of a container that enter did not want to look into.
func (r *record) subtree(parent *frame, f field, data []byte, depth int) {
	if r.trail != nil {
		r.trail.skip(r, f, data, depth)
	}
	if string(f.key) == bodyKey {
		r.bedrockBody(data)
		return
	}
	if string(f.key) == iterationsKey { // of a usage object: elsewhere enter looks into it
		r.iterations(data)
		return
	}
	if f.role == rolePrivate && parent != nil && parent.hasHeaders && parent.status.raw != nil && !parent.request && string(f.key) == "content" && isHAR(data) {
		r.har(data)
		return
	}
	switch f.role {
	case roleReadings:
		var rs []claude.Reading
		if err := json.Unmarshal(data, &rs); err != nil {
			r.fail(reject(RejectedValue, "readings: %s", jsonFault(err)))
			return
		}
		r.setReadings(rs)
		r.took(partReadings, data)
	case roleInstant:
		var t struct {
			Seconds int64 `json:"epochSecond"`
			Nanos   int64 `json:"nanoOfSecond"`
		}
		if json.Unmarshal(data, &t) == nil {
			r.setTime(believable(stamp{time.Unix(t.Seconds, t.Nanos).UTC(), true}), rankTime)
			r.took(partTime, data)
		}
	default: // private
	}
}

func (r *record) push(key []byte) {
	if len(r.fields) > 0 || r.trail != nil {
		r.path = append(r.path, key)
	}
}

func (r *record) pop() {
	if len(r.path) > 0 {
		r.path = r.path[:len(r.path)-1]
	}
}

// walk reads a JSON document that starts at the beginning of data and returns how long it is.
func (r *record) walk(data []byte) (int, error) {
	w := walker{b: data, v: r, depth: r.depth, plain: bytes.IndexByte(data, '\\') < 0}
	path, depth := r.path, r.depth
	r.path = nil
	err := w.value(nil, field{})
	r.path, r.depth = path, depth
	return w.i, err
}
