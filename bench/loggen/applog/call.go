package applog

import (
	"strconv"
	"time"
)

// The organization that the log is of.
const (
	organization = "5d0c7a52-0000-4000-8000-4b1f6c2e9a10"
	workspace    = "wrkspc_01BenchWorkspace1234567890"
)

// variety is what calls differ in.
var (
	models = [...]string{"claude-sonnet-5", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001", "claude-opus-5-5"}
	apps   = [...]string{"checkout", "search", "support", "catalog", "reports"}
)

const (
	requestLimit = 10_000
	inputLimit   = 5_000_000
	outputLimit  = 1_000_000
)

// appendCall appends a call as pino writes it: about 1.4 kB, the four families of rate-limit headers and the usage.
func (g *Generator) appendCall(buf []byte) []byte {
	g.serial++
	status := g.status()
	buf = append(buf, `{"level":30,"time":`...)
	buf = strconv.AppendInt(buf, g.now.UnixMilli(), 10)
	buf = append(buf, `,"pid":41,"hostname":"web-1","app":"`...)
	buf = append(buf, apps[g.rng.Uint32N(uint32(len(apps)))]...)
	buf = append(buf, `","user":"u-`...)
	buf = strconv.AppendUint(buf, uint64(g.rng.Uint32N(500)), 10)
	buf = append(buf, `","model":"`...)
	buf = append(buf, models[g.rng.Uint32N(uint32(len(models)))]...)
	buf = append(buf, `","retry":0,"req":{"method":"POST","url":"https://api.anthropic.com/v1/messages"},"res":{"statusCode":`...)
	buf = strconv.AppendInt(buf, int64(status), 10)
	buf = append(buf, `,"headers":{`...)
	buf = g.appendHeaders(buf, status)
	buf = append(buf, `}},`...)
	if status == 200 {
		buf = g.appendUsage(buf)
	} else {
		buf = appendError(buf, status)
	}
	buf = append(buf, `,"responseTime":`...)
	buf = strconv.AppendUint(buf, uint64(300+g.rng.Uint32N(6000)), 10)
	return append(buf, `,"msg":"claude call completed"}`+"\n"...)
}

func (g *Generator) status() int {
	switch n := g.rng.Uint32N(1000); {
	case n < 8:
		return 429
	case n < 11:
		return 529
	default:
		return 200
	}
}

func (g *Generator) appendHeaders(buf []byte, status int) []byte {
	buf = append(buf, `"anthropic-organization-id":"`+organization+`"`...)
	if status != 529 {
		buf = g.appendLimits(buf)
	}
	buf = append(buf, `,"anthropic-workspace-id":"`+workspace+`","content-type":"application/json","date":"`...)
	buf = append(buf, g.dateHeader()...)
	buf = append(buf, `","request-id":"`...)
	buf = g.appendID(buf)
	if status == 429 {
		buf = append(buf, `","retry-after":"3`...)
	}
	return append(buf, '"')
}

// appendLimits walks the buckets a little and shows them; a reset is the time at which what is used has flowed back.
func (g *Generator) appendLimits(buf []byte) []byte {
	for i := range g.left {
		g.left[i] = min(0.98, max(0.05, g.left[i]+(g.rng.Float64()-0.5)*0.02))
	}
	input, output := thousands(g.left[0]*inputLimit), thousands(g.left[1]*outputLimit)
	buf = g.appendFamily(buf, "input-tokens", inputLimit, input)
	buf = g.appendFamily(buf, "output-tokens", outputLimit, output)
	buf = g.appendFamily(buf, "requests", requestLimit, int64(g.left[2]*requestLimit))
	return g.appendFamily(buf, "tokens", inputLimit+outputLimit, input+output)
}

func (g *Generator) appendFamily(buf []byte, family string, limit, left int64) []byte {
	field := func(name string) {
		buf = append(append(append(append(buf, `,"anthropic-ratelimit-`...), family...), name...), `":"`...)
	}
	field("-limit")
	buf = append(strconv.AppendInt(buf, limit, 10), '"')
	field("-remaining")
	buf = append(strconv.AppendInt(buf, left, 10), '"')
	field("-reset")
	used := time.Duration(float64(limit-left) / float64(limit) * float64(time.Minute))
	buf = g.now.Add(used+time.Second).Truncate(time.Second).AppendFormat(buf, time.RFC3339)
	return append(buf, '"')
}

func (g *Generator) appendUsage(buf []byte) []byte {
	number := func(name string, n uint32) {
		buf = append(buf, name...)
		buf = strconv.AppendUint(buf, uint64(n), 10)
	}
	write := g.rng.Uint32N(3000)
	number(`"usage":{"input_tokens":`, 10+g.rng.Uint32N(4000))
	number(`,"cache_creation_input_tokens":`, write)
	number(`,"cache_read_input_tokens":`, g.rng.Uint32N(60_000))
	number(`,"cache_creation":{"ephemeral_5m_input_tokens":`, write)
	number(`,"ephemeral_1h_input_tokens":0},"output_tokens":`, 1+g.rng.Uint32N(900))
	return append(buf, `,"service_tier":"standard","inference_geo":"global"}`...)
}

func appendError(buf []byte, status int) []byte {
	if status == 529 {
		return append(buf, `"err":{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`...)
	}
	return append(buf, `"err":{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed the rate limit."}}`...)
}

func thousands(n float64) int64 { return int64(n/1000+0.5) * 1000 }

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// appendID appends a request id. Its first letters are the call's number, in order or, spread by an odd factor that never meets a
// number twice, in random order; the others only fill it up.
func (g *Generator) appendID(buf []byte) []byte {
	const letters = 11 // hold any 64-bit number
	n := g.serial + uint64(g.now.UnixMilli())<<22
	if g.random {
		n = (n ^ n>>31) * 0x9e3779b97f4a7c15
	}
	buf = append(buf, "req_01"...)
	at := len(buf)
	buf = append(buf, "1111111111111111111111"...)
	for i := letters - 1; i >= 0; i-- {
		buf[at+i] = base58[n%58]
		n /= 58
	}
	fill := g.rng.Uint64()
	for i := letters; i < 2*letters; i++ {
		buf[at+i] = base58[fill%58]
		fill /= 58
	}
	return buf
}
