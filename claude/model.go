package claude

import "strings"

// Pool names the models that share one set of limits. A model that the table doesn't know is its own pool.
type Pool string

// Model is what a model id tells: the bare id, the provider whose spelling it is ("" if it has none), the pool, and the region
// of an inference profile, as in "us" or RegionGlobal ("" if the id tells none).
type Model struct {
	Name     string
	Provider string
	Pool     Pool
	Region   string
}

// RegionGlobal is the region of a model id that may be served anywhere.
const RegionGlobal = "global"

// pools maps exact bare ids to pools. Source: API rate limits page, the groups of 2026-08 and 2026-10; models whose group has
// not been published are left out, so that they are pools of their own.
var pools = map[string]Pool{
	"claude-fable-5-1":  "fable-5.x",
	"claude-fable-5":    "fable-5.x",
	"claude-mythos-5-1": "mythos-5.x",
	"claude-mythos-5":   "mythos-5.x",
	"claude-opus-5-5":   "opus-5.5",
	"claude-opus-5":     "opus-5",
	"claude-opus-4-8":   "opus-4.x",
	"claude-opus-4-7":   "opus-4.x",
	"claude-opus-4-6":   "opus-4.x",
	"claude-opus-4-5":   "opus-4.x",
	"claude-sonnet-5-5": "sonnet-5.5",
	"claude-sonnet-5":   "sonnet-5",
	"claude-sonnet-4-6": "sonnet-4.x",
	"claude-sonnet-4-5": "sonnet-4.x",
	"claude-haiku-5-5":  "haiku-5.5",
	"claude-haiku-4-5":  "haiku-4.5",
	"claude-3-5-haiku":  "haiku-3.5",
}

// ParseModel strips what providers, regions and dates add to a model id and looks the rest up, exactly: a prefix would take
// claude-opus-5-5 for claude-opus-5. The spellings are those of the first-party API, Bedrock (ids, inference profiles, ARNs),
// Vertex, LiteLLM and OpenRouter.
func ParseModel(id string) Model {
	if m, ok := bareModel(id); ok {
		return m
	}
	name := strings.ToLower(strings.TrimSpace(id))
	var m Model
	if i := strings.LastIndexByte(name, '/'); i >= 0 { // anthropic/..., bedrock/..., arn:aws:bedrock:...:inference-profile/...
		m.Provider = routeProvider(name[:i])
		name = name[i+1:]
	}
	if i := strings.Index(name, "anthropic."); i >= 0 { // anthropic.claude-..., us.anthropic.claude-...
		m.Provider, m.Region, name = ProviderBedrock, strings.TrimSuffix(name[:i], "."), name[i+len("anthropic."):]
	}
	name = strings.TrimSuffix(name, "[1m]")
	if base, _, ok := strings.Cut(name, "@"); ok {
		m.Provider, name = ProviderVertex, base
	}
	name, _, _ = strings.Cut(name, ":") // Bedrock's revision, a router's variant
	name = strings.TrimSuffix(strings.TrimSuffix(name, "-v1"), "-v2")
	name = strings.TrimSuffix(name, "-latest")
	if i := len(name) - len("-20060102"); i > 0 && name[i] == '-' && digits(name[i+1:]) {
		name = name[:i]
	}
	m.Name = strings.ReplaceAll(name, ".", "-")
	m.Pool = Pool(m.Name)
	if p, ok := pools[m.Name]; ok {
		m.Pool = p
	}
	return m
}

// bareModel knows the ids of the table as the first-party API writes them, most of all there are: without a date or with one.
func bareModel(id string) (Model, bool) {
	if p, ok := pools[id]; ok {
		return Model{Name: id, Pool: p}, true
	}
	if i := len(id) - len("-20060102"); i > 0 && id[i] == '-' && digits(id[i+1:]) {
		if p, ok := pools[id[:i]]; ok {
			return Model{Name: id[:i], Pool: p}, true
		}
	}
	return Model{}, false
}

// routeProvider tells the provider from what stands before the last slash of a gateway's model name.
func routeProvider(route string) string {
	switch {
	case strings.Contains(route, "bedrock"):
		return ProviderBedrock
	case strings.Contains(route, "vertex"):
		return ProviderVertex
	case strings.Contains(route, "azure"), strings.Contains(route, "foundry"):
		return ProviderFoundry
	case route == ProviderAnthropic:
		return ProviderAnthropic
	default:
		return ""
	}
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
