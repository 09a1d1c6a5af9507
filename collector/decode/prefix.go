package decode

// prefixLen is how far into a line a time of its own is looked for.
const prefixLen = 96

// prefixStamp finds the time that a line of text begins with, behind brackets or a process's name.
func prefixStamp(line []byte) stamp {
	line = line[:min(len(line), prefixLen)]
	for i := 0; i+19 <= len(line); i++ {
		if dateAt(line[i:]) && (i == 0 || !isDigit(line[i-1])) {
			return isoStamp(line[i:])
		}
	}
	return otherStamp(line)
}

// isoStamp reads 2006-01-02 15:04:05, with what may follow of a second and of a zone.
func isoStamp(text []byte) stamp {
	end := 19
	if end+1 < len(text) && (text[end] == '.' || text[end] == ',') && isDigit(text[end+1]) {
		for end++; end < len(text) && isDigit(text[end]); end++ {
		}
	}
	return withZone(text[:end], text[end:])
}

// withZone reads a time together with the zone that may follow it.
func withZone(at, rest []byte) stamp {
	text := string(at)
	if len(rest) > 0 && (rest[0] == 'Z' || rest[0] == '+' || rest[0] == '-') || len(rest) > 2 && rest[0] == ' ' && (rest[1] == '+' || rest[1] == '-') && isDigit(rest[2]) {
		for _, n := range []int{7, 6, 5, 1} { // " +01:00", "+01:00" or " +0100", "+0100", "Z"
			if len(rest) >= n && (n == 1) == (rest[0] == 'Z') {
				if s := parseWritten(text + string(rest[:n])); s.known() && s.zoned {
					return s
				}
			}
		}
	}
	return parseWritten(text)
}

// dateAt reports whether a text begins like 2006-01-02 15:04:05, with any of the usual separators.
func dateAt(b []byte) bool {
	for i, want := range []byte("dddd-dd-ddTdd:dd:dd") {
		switch c := b[i]; want {
		case 'd':
			if !isDigit(c) {
				return false
			}
		case '-':
			if c != '-' && c != '/' {
				return false
			}
		case 'T':
			if c != 'T' && c != ' ' {
				return false
			}
		default:
			if c != want {
				return false
			}
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
