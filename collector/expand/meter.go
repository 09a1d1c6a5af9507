package expand

import "io"

// Meter counts what is read through it and keeps the error that ended it, so that the disk's faults can be told from the archive's.
type Meter struct {
	R   io.Reader
	N   int64 // bytes
	Err error
}

// Read implements io.Reader. After an error nothing more is read.
func (m *Meter) Read(p []byte) (int, error) {
	if m.Err != nil {
		return 0, m.Err
	}
	n, err := m.R.Read(p)
	m.N += int64(n)
	m.Err = err
	return n, err
}
