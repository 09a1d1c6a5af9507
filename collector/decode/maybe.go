package decode

import "bytes"

// eventStart is how much of a line that is an object says whether it is an event of a stream.
const eventStart = 200

// maybe reports whether a line may be of a format. Of a line that begins with an object of JSON most formats know at once that it is
// none of theirs, and searching the line for all that they look for would take longer than to read it. rare is what rarest says of it.
func maybe(f *format, rare []int, text []byte, object bool) bool {
	if !object {
		return f.may(text)
	}
	switch f.name {
	case "json":
		return true
	case "python-sdk", "sdk", "logfmt":
		return false
	case "loki":
		return bytes.HasPrefix(text, []byte(lokiStart)) || bytes.HasPrefix(text, []byte(lokiAnswer))
	case "sse":
		return bytes.Contains(text[:min(len(text), eventStart)], []byte(`"message_`)) && f.may(text)
	}
	for i, n := range f.needles {
		if holds(text, n, rare[i]) {
			return true
		}
	}
	return false
}

// holds is bytes.Contains for texts that are JSON: it looks for the needle's rarest byte, which is its byte at, where that goes by the
// first, which often is a quote or a letter that stands everywhere.
func holds(text []byte, needle string, at int) bool {
	if needle == "" {
		return true
	}
	starts := len(text) - len(needle) + 1
	for i := 0; i < starts; i++ {
		n := bytes.IndexByte(text[i+at:starts+at], needle[at])
		if n < 0 {
			return false
		}
		i += n
		if text[i] == needle[0] && string(text[i:i+len(needle)]) == needle {
			return true
		}
	}
	return false
}

// rarest returns where in each of a format's needles the byte stands that JSON holds most rarely.
func rarest(fs []format) [][]int {
	var all [][]int
	for _, f := range fs {
		places := make([]int, len(f.needles))
		for i, n := range f.needles {
			for at := range len(n) {
				if commonness(n[at]) < commonness(n[places[i]]) {
					places[i] = at
				}
			}
		}
		all = append(all, places)
	}
	return all
}

// commonness orders bytes by how often logs in JSON hold them.
func commonness(c byte) int {
	switch {
	case c == '>' || c == '<' || c == '=':
		return 0
	case c == 'T' || c == 'Z': // of times
		return 2
	case c >= 'A' && c <= 'Z':
		return 1
	case c == 'j' || c == 'q' || c == 'v' || c == 'w' || c == 'x' || c == 'z':
		return 3
	case c == '_' || c == '{':
		return 4
	default:
		return 5
	}
}
