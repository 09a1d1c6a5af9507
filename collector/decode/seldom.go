package decode

import "github.com/claudewatch/claudewatch/claude"

// seldom is what only records of some gateways, clouds and exporters hold. It stands apart so that all others stay small.
type seldom struct {
	total       claude.Opt[int64]   // of all tokens
	besideRead  claude.Opt[int64]   // from the cache, said beside the usage
	besideWrite claude.Opt[int64]   // into the cache, said beside the usage
	logged      claude.Usage        // as the body of a response says it that Bedrock logged
	awsID       string              // Amazon's id of the request
	event       string              // what kind of event it tells of
	elapsed     claude.Opt[float64] // HAR's, in milliseconds
	lapse       claude.Opt[float64] // between the call's begin and its end, in seconds
}

// nothing is what most records hold of it. It is only read.
var nothing seldom

// few returns what the record holds of it, to be read.
func (r *record) few() *seldom {
	if r.rare == nil {
		return &nothing
	}
	return r.rare
}

// more returns it to be written. A record that has any fits no shape.
func (r *record) more() *seldom {
	if r.rare == nil {
		r.rare = &seldom{}
	}
	r.odd = true
	return r.rare
}

// oddMember takes a member that only such records hold.
func (r *record) oddMember(fr *frame, f field, s scalar) {
	switch f.role {
	case roleTokenCount:
		r.odd = true
		r.tokenCount(fr, f, s)
	case roleReport:
		r.report = true
	case rolePeriod:
		r.period = true
	case roleTally:
		r.tally(fr, s)
	case roleCacheHit:
		r.odd, r.cacheHit = true, s.kind == kindBool && s.raw[0] == 't' || string(s.raw) == "True"
	case roleCallType:
		r.callType = true
	default:
		r.more().event = s.text()
	}
}
