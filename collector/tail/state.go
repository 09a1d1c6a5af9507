package tail

import (
	"io/fs"
	"syscall"
	"time"
)

// state is what the file system tells of a file. An os.FileInfo would be garbage of some 300 bytes each time, and ten thousand files are
// looked at many times a minute.
type state struct {
	key  fileKey
	size int64
	mod  time.Time
	kind uint32 // one of syscall.S_IF
}

// stat tells what is at a path now.
func stat(path string) (state, error) {
	var st syscall.Stat_t
	if _, err := retried(func() (int, error) { return 0, syscall.Stat(path, &st) }); err != nil {
		return state{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return stateOf(&st), nil
}

func stateOf(st *syscall.Stat_t) state {
	return state{
		key:  fileKey{uint64(st.Dev), st.Ino}, //nolint:unconvert // Dev is 32 bits wide on some systems
		size: st.Size, mod: modified(st),
		kind: uint32(st.Mode) & syscall.S_IFMT, //nolint:unconvert // Mode is 16 bits wide on some systems
	}
}
