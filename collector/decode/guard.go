package decode

import (
	"bytes"
	"strings"
)

// guard is what a value of a shape's slot must be like for the walk to treat it as it treated the one that the shape was learned from.
type guard uint8

const (
	guardByOps       guard = iota // what is done with the value judges it
	guardConst                    // the same value
	guardQuiet                    // anything
	guardFull                     // anything but nothing
	guardText                     // a text that is not looked into
	guardMessage                  // the same of a message, in which some SDKs say that they try again
	guardDigits                   // a count
	guardStatus                   // a status of HTTP
	guardMessageID                // an id of a message
	guardNoMessageID              // an id that is none of a message
	guardRequestID                // an id of the API's
	guardNoRequestID              // an id that is none of the API's
	guardCorrelation              // an id as loggers make them up
)

// pass judges a value. Whatever its guard, no other format may want the line for it.
func (g guard) pass(k slotKind, raw []byte, loud []loudWord) bool {
	if k != slotNumber && isLoud(k, raw, loud) {
		return false
	}
	switch g {
	case guardQuiet:
		return true
	case guardFull:
		return len(raw) > 0
	case guardText:
		return len(raw) < minText || plain(raw) || !relevant(raw)
	case guardMessage:
		return guardText.pass(k, raw, nil) && !bytes.HasPrefix(raw, []byte(netAgain))
	case guardDigits:
		n, ok := digits(raw)
		return ok && n <= maxCount
	case guardStatus:
		return isStatus(raw)
	case guardMessageID:
		return bytes.HasPrefix(raw, []byte("msg_"))
	case guardNoMessageID:
		return !bytes.HasPrefix(raw, []byte("msg_"))
	case guardRequestID:
		return bytes.HasPrefix(raw, []byte("req_")) && !cutID(string(raw))
	case guardNoRequestID:
		return !bytes.HasPrefix(raw, []byte("req_")) && bytes.IndexByte(raw, '\\') < 0
	case guardCorrelation:
		return correlationID(string(raw))
	default: // a constant is not passed, and operations judge for themselves
		return false
	}
}

// isStatus reports three digits that are a status.
func isStatus(raw []byte) bool {
	n, ok := digits(raw)
	return ok && len(raw) == 3 && n >= 100 && n <= 599
}

// loudWord is a needle of a format that is tried before a line is read as plain JSON.
type loudWord struct {
	text       string // without the quotes around it
	rare       int    // where its rarest byte stands
	blank      bool   // it holds a blank
	start, end bool   // only at the value's start or end, where a quote belongs to the needle
}

// loudWords are the words for which other formats want a line that is an object.
func loudWords(fs []format) []loudWord {
	words := []loudWord{{text: "message_", start: true}} // an event of a stream
	rare := rarest(fs)
	for i, f := range fs {
		switch f.name {
		case "json":
			return words
		case "sse", "python-sdk", "sdk", "logfmt", "loki": // as maybe says
			continue
		}
		for k, n := range f.needles {
			w := loudWord{text: strings.Trim(n, `"`), start: strings.HasPrefix(n, `"`), end: strings.HasSuffix(n, `"`)}
			if w.rare = rare[i][k]; w.start {
				w.rare = max(0, w.rare-1)
			}
			w.rare, w.blank = min(w.rare, max(0, len(w.text)-1)), strings.Contains(w.text, " ")
			words = append(words, w)
		}
	}
	return words
}

// isLoud reports whether another format may want the line for a value's sake.
func isLoud(k slotKind, raw []byte, loud []loudWord) bool {
	if k == slotTree && isHAR(raw) {
		return true
	}
	blank := bytes.IndexByte(raw, ' ') >= 0
	for i := range loud {
		w := &loud[i]
		switch {
		case len(raw) < len(w.text), w.blank && !blank:
		case k == slotTree: // its quotes are part of it
			if holds(raw, w.text, w.rare) {
				return true
			}
		case w.start:
			if raw[0] == w.text[0] && string(raw[:len(w.text)]) == w.text && (!w.end || len(raw) == len(w.text)) {
				return true
			}
		case w.end:
			if raw[len(raw)-1] == w.text[len(w.text)-1] && string(raw[len(raw)-len(w.text):]) == w.text {
				return true
			}
		default:
			if holds(raw, w.text, w.rare) {
				return true
			}
		}
	}
	return false
}
