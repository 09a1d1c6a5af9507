package decode

import (
	"bytes"

	"github.com/claudewatch/claudewatch/claude"
)

// role is what a field's name says about its value.
type role uint8

const (
	roleOther role = iota
	rolePrivate
	roleHeader
	roleHeaders
	roleRequest
	roleUsage
	roleCount
	roleStatus
	roleTime
	roleBegin // of the record or of something in it
	roleInstant
	roleRequestID
	roleMessageID
	roleID
	roleModel
	roleProvider
	roleOrganization
	roleWorkspace
	roleApp
	roleUser
	rolePool
	roleCause
	roleType
	roleError
	roleErrorType
	roleErrorCode
	roleMessage
	roleURL
	roleDurationMillis
	roleDuration
	roleResponseTime
	roleFirstTokenMillis
	roleFirstToken
	roleStream
	roleRetry
	roleRetryAfter
	roleDate
	roleRegain
	roleServerTime
	roleCost
	roleReadings
	roleTier
	roleSpeed
	roleGeo
	roleName
	roleValue
	roleSidechain
	roleSession
	roleAPIError
	roleForeign
	roleInputDetails
)

// maxKey is the longest name that can have a role, in bytes without punctuation.
const maxKey = 48

// normalKey brings a name to lower case without punctuation, so that request_id, requestId and Request-ID are one. Of dotted names
// the last part counts. It returns nil for a name that is too long to mean anything.
func normalKey(key []byte, buf *[maxKey]byte) []byte {
	if genAI(key) {
		key = genAICount(key)
	} else if i := bytes.LastIndexByte(key, '.'); i >= 0 {
		key = key[i+1:]
	}
	key = withoutProxy(key)
	n := 0
	for _, c := range key {
		switch {
		case c == '_' || c == '-' || c == ' ' || c == '@':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		if n == maxKey {
			return nil
		}
		buf[n] = c
		n++
	}
	return buf[:n]
}

// roleOf tells a field's role from its name.
func roleOf(key []byte) role {
	if len(key) > 100 {
		return roleOther
	}
	var buf [maxKey]byte
	k := normalKey(key, &buf)
	if bytes.HasPrefix(k, []byte("anthropic")) || bytes.HasPrefix(k, []byte("llmprovider")) {
		if bytes.HasPrefix(k, []byte("llmprovider")) || claude.IsHeader(string(lastPart(key))) {
			return roleHeader
		}
	}
	if genAI(key) { // its input includes what the cache gave, unlike the API's field of this name
		switch string(key) {
		case "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens":
			return roleForeign
		case "gen_ai.usage.completion_tokens":
			return roleCount
		}
	}
	if r := callRole(k); r != roleOther {
		return r
	}
	return shapeRole(k)
}

func lastPart(key []byte) []byte {
	return withoutProxy(key[bytes.LastIndexByte(key, '.')+1:])
}

// callRole knows the names of what a call holds.
func callRole(k []byte) role {
	if countName(k) != "" {
		return roleCount
	}
	switch string(k) {
	case "status", "statuscode", "httpstatus", "httpstatuscode", "responsestatus", "responsestatuscode", "responsecode", "apierrorstatus", "originstatus", "downstreamstatus", "upstreamstatus":
		return roleStatus
	case "time", "timestamp", "ts", "t", "datetime", "eventtime", "asctime", "timemillis", "realtimetimestamp", "sourcerealtimetimestamp", "endtime", "loggedat", "created", "starteddatetime":
		return roleTime
	case "createdat", "startedat", "starttime", "requestcreatedat", "requesttime":
		return roleBegin
	case "requestid", "anthropicrequestid", "reqid":
		return roleRequestID
	case "messageid":
		return roleMessageID
	case "model", "modelid", "modelname", "responsemodel", "requestmodel", "llmmodel", "aimodel", "claudemodel", "anthropicmodel":
		return roleModel
	case "provider", "customllmprovider", "llmprovider":
		return roleProvider
	case "organization", "organizationid", "orgid":
		return roleOrganization
	case "workspace", "workspaceid":
		return roleWorkspace
	case "durationms", "latencyms", "elapsedms", "responsetimems", "tookms", "durationmillis", "elapsedmilliseconds":
		return roleDurationMillis
	case "durationseconds", "latencyseconds", "elapsedseconds", "durations", "latencys", "elapseds":
		return roleDuration
	case "responsetime":
		return roleResponseTime
	case "ttftms", "timetofirsttokenms":
		return roleFirstTokenMillis
	case "timetofirsttokenseconds", "ttftseconds":
		return roleFirstToken
	case "retry", "retrycount", "xstainlessretrycount":
		return roleRetry
	case "retryafter", "retryafterseconds", "retryafterms":
		return roleRetryAfter
	case "costusd", "responsecost":
		return roleCost
	case "servicetier":
		return roleTier
	case "inferencegeo":
		return roleGeo
	case "speed":
		return roleSpeed
	case "errortype":
		return roleErrorType
	case "errorcode":
		return roleErrorCode
	default:
		return roleOther
	}
}

// shapeRole knows the names that say what stands below or beside them.
func shapeRole(k []byte) role {
	switch string(k) {
	case "content", "messages", "prompt", "prompts", "completion", "completions", "tools", "system", "text", "thinking",
		"toolinput", "tooluseresult", "toolresult", "snapshot", "choices", "authorization", "apikey", "xapikey", "cookie", "setcookie",
		"inputbodyjson", "outputbodyjson":
		return rolePrivate
	case "headers", "header", "responseheaders", "httpheaders", "additionalheaders", "rawheaders", "responseheader", "hdrs", "hdr", "respheaders":
		return roleHeaders
	case "request", "req", "requestbody", "requestheaders", "jsondata", "kwargs", "optionalparams", "modelparameters", "params":
		return roleRequest
	case "usage", "usageobject", "tokens", "tokenusage", "messageusage", "usagedetails":
		return roleUsage
	case "inputtokendetails":
		return roleInputDetails
	case "instant":
		return roleInstant
	case "id":
		return roleID
	case "app":
		return roleApp
	case "user", "userid", "enduser":
		return roleUser
	case "pool":
		return rolePool
	case "cause":
		return roleCause
	case "type":
		return roleType
	case "error", "err":
		return roleError
	case "message", "msg", "event", "log", "line", "m", "body", "mt":
		return roleMessage
	case "url", "uri", "apibase", "baseurl", "host", "endpoint", "proxyhost", "authority", "requesthost", "upstreamhost":
		return roleURL
	case "stream":
		return roleStream
	case "date":
		return roleDate
	case "regainaccessat":
		return roleRegain
	case "servertime":
		return roleServerTime
	case "readings":
		return roleReadings
	case "name", "key":
		return roleName
	case "value":
		return roleValue
	case "issidechain":
		return roleSidechain
	case "sessionid":
		return roleSession
	case "isapierrormessage":
		return roleAPIError
	case "prompttokens", "completiontokens", "totaltokens", "prompttokensdetails", "inputtokensdetails":
		return roleForeign
	default:
		return roleOther
	}
}

// countName returns the API's name of a count, from any spelling of it, or "".
func countName(k []byte) string {
	switch string(k) {
	case "inputtokens", "inputtokencount", "nocachetokens", "tokensin", "numinputtokens":
		return "input_tokens"
	case "outputtokens", "outputtokencount", "tokensout", "numoutputtokens":
		return "output_tokens"
	case "cachereadinputtokens", "cachereadtokens", "cachedinputtokens", "cachereadinputtokencount":
		return "cache_read_input_tokens"
	case "cachecreationinputtokens", "cachecreationtokens", "cachewriteinputtokens", "cachewritetokens", "cachewriteinputtokencount":
		return "cache_creation_input_tokens"
	case "ephemeral5minputtokens", "cachewrite5mtokens":
		return "ephemeral_5m_input_tokens"
	case "ephemeral1hinputtokens", "cachewrite1htokens":
		return "ephemeral_1h_input_tokens"
	case "thinkingtokens":
		return "thinking_tokens"
	case "websearchrequests":
		return "web_search_requests"
	case "webfetchrequests":
		return "web_fetch_requests"
	default:
		return ""
	}
}
