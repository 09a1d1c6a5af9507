package decode

// shapes are the shapes of one log's lines. What fits none is learned from, ever more rarely where nothing comes of it.
type shapes struct {
	list  []*shape
	lines int // that were tried
	wait  int // lines to pass before the next lesson
	pause int // the wait after the next lesson that was in vain
	bold  int // lines of a shape minus lines of none, within bounds: below none it is not worth trying
}

// Bounds of shapes.wait and shapes.bold.
const (
	maxPause = 4096
	maxBold  = 64
)

// read fills the record from a line that has a known shape. Where there is none the record is void.
func (ss *shapes) read(r *record, text []byte, loud []loudWord) bool {
	if len(ss.list) == 0 {
		return false
	}
	ss.lines++
	if ss.bold < 0 && ss.lines%16 != 0 { // lines that are all different: now and then one is tried
		return false
	}
	for i, s := range ss.list {
		if s.read(r, text, loud) {
			s.used = ss.lines
			ss.bold = min(ss.bold+1, maxBold)
			if i > 0 { // the next line is mostly like this one, or like the one before
				ss.list[i], ss.list[i-1] = ss.list[i-1], s
			}
			return true
		}
	}
	ss.bold = max(ss.bold-1, -maxBold)
	return false
}

// learn makes a shape of a line that was walked, if it can.
func (ss *shapes) learn(d *Decoder, text []byte) {
	if ss.wait > 0 {
		ss.wait--
		return
	}
	ss.pause = min(max(1, 2*ss.pause), maxPause)
	ss.wait = ss.pause
	for i := range d.formats.list {
		if f := &d.formats.list[i]; f.name == "json" {
			break
		} else if maybe(f, d.formats.rare[i], text, true) { // a shape would pass over this format
			return
		}
	}
	s := newShape(d.fields, text, d.formats.loud)
	if s == nil {
		return
	}
	s.used = ss.lines
	ss.bold = max(0, ss.bold)
	if len(ss.list) < maxShapes {
		ss.list = append(ss.list, s)
		return
	}
	oldest := 0
	for i := range ss.list {
		if ss.list[i].used < ss.list[oldest].used {
			oldest = i
		}
	}
	ss.list[oldest] = s
}
