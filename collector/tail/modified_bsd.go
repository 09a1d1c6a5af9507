//go:build darwin || freebsd || netbsd

package tail

import (
	"syscall"
	"time"
)

// modified is when a file was changed last.
func modified(st *syscall.Stat_t) time.Time { return time.Unix(st.Mtimespec.Unix()) }
