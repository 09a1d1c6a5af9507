package store

// blockMerge goes through the parts of blocks in the order of their keys.
type blockMerge struct {
	causes func(text string) (id int64, err error)
	heads  []*blockReader // each at a part; a heap, the least key first
}

// add takes up a block.
func (m *blockMerge) add(block []byte) error {
	r := &blockReader{rest: block}
	if more, err := m.read(r); err != nil || !more {
		return err
	}
	m.heads = append(m.heads, r)
	for i := len(m.heads) - 1; i > 0 && m.less(i, (i-1)/2); i = (i - 1) / 2 {
		m.swap(i, (i-1)/2)
	}
	return nil
}

// next leaves the part that is first.
func (m *blockMerge) next() error {
	more, err := m.read(m.heads[0])
	if err != nil {
		return err
	}
	if last := len(m.heads) - 1; !more {
		m.swap(0, last)
		m.heads = m.heads[:last]
	}
	for i := 0; ; {
		least := 2*i + 1
		if least+1 < len(m.heads) && m.less(least+1, least) {
			least++
		}
		if least >= len(m.heads) || !m.less(least, i) {
			return nil
		}
		m.swap(i, least)
		i = least
	}
}

// read takes the next part of a block, and reports whether there was one.
func (m *blockMerge) read(r *blockReader) (more bool, err error) {
	if more = r.next(); !more {
		return false, r.err
	}
	r.key.cause = 0
	if len(r.cause) > 0 {
		r.key.cause, err = m.causes(string(r.cause))
	}
	return err == nil, err
}

func (m *blockMerge) less(i, j int) bool {
	return compareRollupKeys(&m.heads[i].key, &m.heads[j].key) < 0
}

func (m *blockMerge) swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }
