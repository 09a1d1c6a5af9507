package decode

import "bytes"

// proxyPrefixes are what the access logs of proxies put before the names of a response's headers: nginx, Traefik.
var proxyPrefixes = [...]string{
	"upstream_http_", "sent_http_", "origin_", "downstream_", "resp_header_", "resp_headers_", "response_header_", "response_headers_",
	"http_response_header_", "header_",
}

// withoutProxy takes such a prefix off a name, and the one that GELF puts before names of its own.
func withoutProxy(key []byte) []byte {
	if len(key) < 12 {
		return key
	}
	switch key[0] {
	case 'u', 's', 'o', 'd', 'r', 'h':
	case '_':
		return key[1:]
	default:
		return key
	}
	for _, p := range proxyPrefixes {
		if bytes.HasPrefix(key, []byte(p)) {
			return key[len(p):]
		}
	}
	return key
}

// genAIUsage is what the names of counts begin with in OpenTelemetry's conventions for spans of models.
const genAIUsage = "gen_ai.usage."

func genAI(key []byte) bool {
	return len(key) > len(genAIUsage) && key[0] == 'g' && string(key[:len(genAIUsage)]) == genAIUsage
}

// genAICount is the name of a count without what the conventions put before it. Dots in it are no path: cache_read.input_tokens.
func genAICount(key []byte) []byte {
	key = bytes.TrimPrefix(key[len(genAIUsage):], []byte("details.")) // Pydantic's, as the API says them
	switch rest := string(key); rest {
	case "input_tokens.cached":
		return []byte("cache_read_input_tokens")
	case "input_tokens.cache_write":
		return []byte("cache_creation_input_tokens")
	case "output_tokens.reasoning":
		return []byte("thinking_tokens")
	case "cache_read.input_tokens":
		return []byte("cache_read_input_tokens")
	case "cache_creation.input_tokens", "cache_write.input_tokens":
		return []byte("cache_creation_input_tokens")
	case "completion_tokens":
		return []byte("output_tokens")
	case "reasoning.output_tokens":
		return []byte("thinking_tokens")
	default:
		return []byte(rest)
	}
}
