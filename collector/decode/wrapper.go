package decode

import (
	"bytes"
	"time"

	"github.com/claudewatch/claudewatch/collector"
)

// unwrap takes off what a container's runtime puts around a line, joins lines that it cut, and reads what is inside.
func (d *Decoder) unwrap(e entry, line collector.Line) result {
	e.start = line.Start
	piece, ok := pieceOf(e.text)
	if !ok {
		return d.read(e)
	}
	e.lane = piece.stream
	if piece.whole && !d.partials.open(piece.stream) {
		if !relevant(piece.text) && d.lanes[piece.stream] == nil && !mayOpen(bytes.TrimSuffix(piece.text, []byte(`\n`))) {
			if d.asked.Stack.Status != 0 {
				d.asked.Stack.chain(e.with(piece.unescaped(), stamp{}))
			}
			return result{skipped: SkippedNotClaude}
		}
		return d.read(e.with(piece.unescaped(), piece.at()))
	}
	if !piece.whole && !d.partials.open(piece.stream) && piece.docker && d.complete(piece) {
		return d.read(e.with(piece.unescaped(), piece.at()))
	}
	if open := d.partials.list[piece.stream]; open != nil {
		e.start = open.start
	}
	text, at, err := d.partials.join(piece, line, e.now)
	switch {
	case err != nil:
		return result{format: "partial", err: err}
	case text == nil:
		return result{format: "partial"}
	}
	return d.read(e.with(text, at))
}

// with is an entry with what stood inside a wrapper.
func (e entry) with(text []byte, at stamp) entry {
	e.text, e.at, e.alone = text, at, false
	return e
}

// complete reports whether a Docker line without line break is a record nevertheless: a shipper took the break off.
func (d *Decoder) complete(p piece) bool {
	text := bytes.TrimSpace(p.unescaped())
	if !relevant(text) || docStart(text) != 0 {
		return false
	}
	w := walker{b: text}
	return w.skip() == nil && w.i == len(text)
}

// piece is a line as a container's runtime writes it.
type piece struct {
	text   []byte
	stream string
	time   []byte
	whole  bool // the line ends here
	docker bool // text is a JSON string's inside
}

func (p piece) unescaped() []byte {
	if p.docker {
		return bytes.TrimRight(unescape(p.text), "\r\n")
	}
	return p.text
}

func (p piece) at() stamp { return parseWritten(string(p.time)) }

// dockerStart is what the lines of Docker's json-file driver begin with.
const dockerStart = `{"log":"`

// pieceOf recognises the lines of Docker's json-file driver and of the container runtime interface.
func pieceOf(text []byte) (piece, bool) {
	if bytes.HasPrefix(text, []byte(dockerStart)) {
		return dockerPiece(text)
	}
	if len(text) > 30 && text[4] == '-' && text[10] == 'T' {
		return criPiece(text)
	}
	return piece{}, false
}

// dockerPiece reads {"log":"...\n","stream":"stdout","time":"..."}.
func dockerPiece(text []byte) (piece, bool) {
	w := walker{b: text, i: len(`{"log":`)}
	log, err := w.str()
	if err != nil {
		return piece{}, false
	}
	rest := text[w.i:]
	stream, sok := member(rest, `,"stream":"`)
	at, tok := member(rest, `"time":"`)
	if !sok || !tok || !bytes.HasPrefix(rest, []byte(`,"stream":"`)) && !bytes.HasPrefix(rest, []byte(`,"attrs":`)) {
		return piece{}, false
	}
	return piece{log, "docker " + streamName(stream), at, bytes.HasSuffix(log, []byte(`\n`)), true}, true
}

func member(text []byte, start string) ([]byte, bool) {
	_, rest, ok := bytes.Cut(text, []byte(start))
	if !ok {
		return nil, false
	}
	value, _, ok := bytes.Cut(rest, []byte{'"'})
	return value, ok
}

// streamName keeps a stream's name from being anything.
func streamName(s []byte) string {
	if string(s) == "stderr" {
		return "stderr"
	}
	return "stdout"
}

// criPiece reads "2026-11-21T16:00:01.123456789Z stdout F text".
func criPiece(text []byte) (piece, bool) {
	at, rest, ok := bytes.Cut(text, []byte{' '})
	if !ok || len(at) > 40 {
		return piece{}, false
	}
	stream, rest, ok := bytes.Cut(rest, []byte{' '})
	if !ok || string(stream) != "stdout" && string(stream) != "stderr" {
		return piece{}, false
	}
	tag, rest, _ := bytes.Cut(rest, []byte{' '})
	if len(tag) == 0 || tag[0] != 'F' && tag[0] != 'P' || len(tag) > 1 && tag[1] != ':' {
		return piece{}, false
	}
	return piece{rest, "cri " + streamName(stream), at, tag[0] == 'F', false}, true
}

// partialWait is how long the rest of a cut line is waited for. Runtimes write the pieces at once.
const partialWait = 30 * time.Second

// partial is a line of which only the beginning is there. Its text is never part of the state: after a restart it is read again.
type partial struct {
	text    []byte
	start   int64
	at      stamp
	opened  time.Time
	tooLong bool
}

// partials are the open lines, one a stream.
type partials struct {
	max  int
	list map[string]*partial
}

func (ps *partials) open(stream string) bool { return ps.list[stream] != nil }

// join adds a piece. It returns the line once it is whole, and an error once it has grown too long.
func (ps *partials) join(p piece, line collector.Line, now time.Time) ([]byte, stamp, error) {
	if ps.list == nil {
		ps.list = map[string]*partial{}
	}
	open := ps.list[p.stream]
	if open == nil {
		open = &partial{start: line.Start, at: p.at(), opened: now}
		ps.list[p.stream] = open
	}
	text := p.unescaped()
	var err error
	switch {
	case open.tooLong:
	case len(open.text)+len(text) > ps.max:
		open.tooLong, open.text = true, nil
		err = reject(RejectedLength, "more than %d bytes in parts", ps.max)
	default:
		open.text = append(open.text, text...)
	}
	if !p.whole {
		return nil, stamp{}, err
	}
	delete(ps.list, p.stream)
	if open.tooLong {
		return nil, stamp{}, err
	}
	return open.text, open.at, nil
}

// expire gives up lines whose rest doesn't come.
func (ps *partials) expire(now time.Time) {
	for stream, p := range ps.list {
		if now.Sub(p.opened) >= partialWait {
			delete(ps.list, stream)
		}
	}
}

func (ps *partials) drop() { clear(ps.list) }
