package decode

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claudewatch/claudewatch/claude"
)

func sighting(request, message string, output int64, sidechain bool) claude.Call {
	return claude.Call{
		RequestID: request, MessageID: message, Sidechain: sidechain,
		Usage: claude.Usage{OutputTokens: claude.Some(output)},
	}
}

func TestMerge(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []claude.Call
		want []claude.Call
	}{
		{"no ids stay apart", []claude.Call{sighting("", "", 1, false), sighting("", "", 1, false)}, []claude.Call{sighting("", "", 1, false), sighting("", "", 1, false)}},
		{
			"by request, the larger count, in order of first sighting",
			[]claude.Call{sighting("a", "", 1, false), sighting("b", "", 5, false), sighting("a", "", 9, false), sighting("a", "", 3, false)},
			[]claude.Call{sighting("a", "", 9, false), sighting("b", "", 5, false)},
		},
		{
			"by message without a request id",
			[]claude.Call{sighting("", "m", 1, false), sighting("", "m", 4, false)},
			[]claude.Call{sighting("", "m", 4, false)},
		},
		{
			"one message id under two request ids is two calls",
			[]claude.Call{sighting("a", "m", 1, false), sighting("b", "m", 4, false), sighting("", "m", 2, false)},
			[]claude.Call{sighting("a", "m", 1, false), sighting("b", "m", 4, false), sighting("", "m", 2, false)},
		},
		{
			"a side chain replays under another request id; the call's own stays, whichever comes first",
			[]claude.Call{sighting("s", "m", 4, true), sighting("a", "m", 1, false), sighting("a", "m", 5, false), sighting("s2", "m", 5, true)},
			[]claude.Call{sighting("a", "m", 5, false)},
		},
	} {
		if diff := cmp.Diff(tt.want, Merge(tt.in)); diff != "" {
			t.Errorf("%s: Merge() (-want +got):\n%s", tt.name, diff)
		}
	}
}
