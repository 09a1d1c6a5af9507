package decode

import "encoding/binary"

// needles are what every line about Claude holds one of: the company's name in headers and addresses, counts of tokens, models, errors,
// request ids. Most lines of a log hold none, so the search for them is what those cost. All have the same length, which lets one
// search look for all of them and leap over what can't be part of any (Horspool's algorithm).
var needles = [...]string{"nthrop", "NTHROP", "tokens", "Tokens", "claude", "_error", "req_01", "d: req", "piErro"}

// needleLen is the length of each needle.
const needleLen = 6

// leaps says for each byte how far the search may go on when it stands at the end of the window.
var leaps = func() (t [256]uint8) {
	for i := range t {
		t[i] = needleLen
	}
	for _, n := range needles {
		for i := range needleLen {
			t[n[i]] = min(t[n[i]], uint8(needleLen-1-i))
		}
	}
	return t
}()

// relevant reports whether a line may be about Claude.
func relevant(text []byte) bool {
	for i := needleLen - 1; i < len(text); {
		if leap := leaps[text[i]]; leap > 0 {
			i += int(leap)
			continue
		}
		if needleAt(text[i-needleLen+1 : i+1]) {
			return true
		}
		i++
	}
	return false
}

// needleAt compares a window with the needles, by number first.
func needleAt(window []byte) bool {
	head, tail := binary.LittleEndian.Uint32(window), binary.LittleEndian.Uint16(window[4:])
	for i := range needleNumbers {
		if n := &needleNumbers[i]; n.head == head && n.tail == tail {
			return true
		}
	}
	return false
}

// needleNumber is a needle as two numbers.
type needleNumber struct {
	head uint32
	tail uint16
}

var needleNumbers = func() (ns [len(needles)]needleNumber) {
	for i, n := range needles {
		ns[i] = needleNumber{binary.LittleEndian.Uint32([]byte(n)), binary.LittleEndian.Uint16([]byte(n)[4:])}
	}
	return ns
}()
