package decode

import (
	"bytes"
	"sync"
	"time"
)

// entry is what a format reads: a line without its wrapper.
type entry struct {
	text []byte
	at   stamp     // when a wrapper or the text's beginning says that it was written
	now  time.Time // when it was read

	alone bool   // what becomes of it is all that becomes of the line
	lane  string // the container's stream
	depth int    // how many batches it stood in
	start int64  // offset of its first byte
}

// format is one way in which logs write calls.
type format struct {
	name string
	// needles are the texts one of which a line of this format must hold.
	needles []string
	// decode reads a line that passed. It returns false where the line is not of this format after all.
	decode func(d *Decoder, e entry) (result, bool)
}

// formats lists the formats in the order in which they are tried.
func formats() []format {
	return []format{
		{"python-sdk", pythonNeedles[:], decodePython},
		{"request", []string{"Request options: {", "--> POST ", "Encountered "}, decodeAsked},
		{"claude-code", []string{"rate_limit_event"}, decodeRateLimitEvent},
		{"cloudwatch", []string{`"logEvents"`}, decodeCloudWatch},
		{"loki", []string{lokiStart, lokiAnswer}, decodeLoki},
		{"sse", []string{"message_start", "message_delta", "data:"}, decodeStream},
		{"sdk", []string{" status ", "response "}, decodeSDK},
		{"logfmt", []string{"="}, decodeLogfmt},
		{"bedrock", bedrockNeedles, decodeBedrock},
		{"json", []string{"{"}, decodeJSON},
		{"text", []string{""}, decodeText},
	}
}

// formatTable is what follows from the list of formats. It is made once and never changed, so that many decoders can share it.
type formatTable struct {
	list []format
	rare [][]int // of each, as rarest says
	loud []loudWord
}

var knownFormats = sync.OnceValue(func() *formatTable {
	list := formats()
	return &formatTable{list, rarest(list), loudWords(list)}
})

func (f format) may(text []byte) bool {
	for _, n := range f.needles {
		if bytes.Contains(text, []byte(n)) {
			return true
		}
	}
	return false
}

// claudeLike reports whether a line that can't be read would probably have been a call.
func claudeLike(text []byte) bool {
	return bytes.Contains(text, []byte("nthropic")) || bytes.Contains(text, []byte("claude")) || bytes.Contains(text, []byte(`"req_`))
}
