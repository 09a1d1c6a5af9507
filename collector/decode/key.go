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
	roleEnd
	roleEventName
	roleTokenCount
	roleReport
	roleSum
	roleTally
	rolePeriod
	roleCacheHit
	roleCallType
	roleAWS
	roleSpent // from here on containers are looked at before they are entered
	roleAttributes
	roleList
	roleOwn
	roleCache
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
		case c == '_' || c == '-' || c == ' ' || c == '@' || c == '$':
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
	if string(key) == "$metadata" {
		return roleAWS
	}
	if string(key) == "__name__" || string(key) == "uncached_input_tokens" { // of a metric, and of the Admin API
		return roleReport
	}
	if i := bytes.LastIndexByte(key, '.'); i > 0 {
		if r := dottedRole(key, i); r != roleOther {
			return r
		}
	}
	if r := callRole(k); r != roleOther {
		return r
	}
	if r := shapeRole(k); r != roleOther {
		return r
	}
	switch {
	case isList(k):
		return roleList
	case isReport(k):
		return roleReport
	case isSum(k):
		return roleSum
	case isTally(k):
		return roleTally
	case isPeriod(k):
		return rolePeriod
	case looseForeign(k):
		return roleForeign
	}
	if spentName(k) {
		return roleSpent
	}
	return roleOther
}

// dottedRole knows names whose part behind the last dot, which is at i, does not say enough: headers and ids.
func dottedRole(key []byte, i int) role {
	before, last := key[:i], key[i+1:]
	switch string(last) {
	case "id":
		switch {
		case bytes.HasSuffix(before, []byte("request")):
			return roleRequestID
		case bytes.HasSuffix(before, []byte("user")):
			return roleUser
		case bytes.HasSuffix(before, []byte("organization")):
			return roleOrganization
		case bytes.HasSuffix(before, []byte("workspace")):
			return roleWorkspace
		}
	case "name":
		if string(before) == "event" {
			return roleEventName
		}
	}
	if bytes.Contains(before, []byte("token_count")) { // OpenInference
		return roleTokenCount
	}
	if bytes.Contains(before, []byte("header")) && !bytes.Contains(before, []byte("request.")) && wantedHeader(last) {
		return roleHeader
	}
	return roleOther
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
	case "status", "statuscode", "httpstatus", "httpstatuscode", "responsestatus", "responsestatuscode", "responsecode", "apierrorstatus", "originstatus", "downstreamstatus", "upstreamstatus",
		"resultcode", "httpcode", "aihttpstatus", "backendresponsecode", "errorstatus", "upstreamstatuscode":
		return roleStatus
	case "time", "timestamp", "ts", "t", "datetime", "eventtime", "asctime", "timemillis", "realtimetimestamp", "sourcerealtimetimestamp", "loggedat", "created", "starteddatetime",
		"timeunixnano":
		return roleTime
	case "createdat", "startedat", "starttime", "requestcreatedat", "requesttime", "starttimeunixnano", "starttimestamp", "startns", "start":
		return roleBegin
	case "endtime", "endtimeunixnano", "endtimestamp", "endedat", "completedat", "finishedat", "responsecreatedat", "end":
		return roleEnd
	case "requestid", "anthropicrequestid", "clauderequestid", "llmrequestid", "apirequestid", "reqid":
		return roleRequestID
	case "messageid":
		return roleMessageID
	case "model", "modelid", "modelname", "responsemodel", "requestmodel", "llmmodel", "aimodel", "claudemodel", "anthropicmodel",
		"lsmodelname", "mainmodel", "genaimodelname", "aimodelid", "modelused", "usedmodel", "llmmodelname":
		return roleModel
	case "provider", "customllmprovider", "llmprovider", "aiprovider", "usedprovider", "eventsource":
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
	case "ttftms", "timetofirsttokenms", "firstbytelatency":
		return roleFirstTokenMillis
	case "timetofirsttokenseconds", "ttftseconds":
		return roleFirstToken
	case "retry", "retrycount", "xstainlessretrycount":
		return roleRetry
	case "retryafter", "retryafterseconds", "retryafterms":
		return roleRetryAfter
	case "costusd", "responsecost", "spend":
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
	case "usage", "usageobject", "tokens", "tokenusage", "messageusage", "usagedetails", "tokencount", "tokencounts":
		return roleUsage
	case "inputtokendetails":
		return roleInputDetails
	case "attributes", "attrs", "tags", "values", "fields":
		return roleAttributes
	case "instant":
		return roleInstant
	case "id":
		return roleID
	case "app", "appname":
		return roleApp
	case "user", "userid", "enduser", "enduserid", "requestuserid":
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
	case "cachehit":
		return roleCacheHit
	case "calltype":
		return roleCallType
	case "responsemetadata":
		return roleAWS
	case "cache":
		return roleCache
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
	case "anthropic":
		return roleOwn
	case "prompttokens", "completiontokens", "totaltokens", "prompttokensdetails", "inputtokensdetails", "nativetokensprompt", "nativetokenscompletion",
		"requnits", "resunits":
		return roleForeign
	default:
		return roleOther
	}
}

// countName returns the API's name of a count, from any spelling of it, or "".
func countName(k []byte) string {
	if name := strictCount(k); name != "" {
		return name
	}
	return looseCount(k)
}

// strictCount is countName for names without words that they don't need.
func strictCount(k []byte) string {
	switch string(k) {
	case "inputtokens", "nocachetokens", "tokensin", "intokens":
		return "input_tokens"
	case "outputtokens", "tokensout", "outtokens":
		return "output_tokens"
	case "cachereadinputtokens", "cachereadtokens", "cachedinputtokens", "readcachetokens", "promptcachedtokens",
		"promptcachereadtokens", "cachedtokens", "nativetokenscached":
		return "cache_read_input_tokens"
	case "cachecreationinputtokens", "cachecreationtokens", "cachewriteinputtokens", "cachewritetokens", "writecachetokens",
		"promptcachecreationtokens", "promptcachewritetokens":
		return "cache_creation_input_tokens"
	case "ephemeral5minputtokens", "cachewrite5mtokens", "cachecreation5mtokens", "cache5mtokens", "cachecreation5minputtokens":
		return "ephemeral_5m_input_tokens"
	case "ephemeral1hinputtokens", "cachewrite1htokens", "cachecreation1htokens", "cache1htokens", "cachecreation1hinputtokens":
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
