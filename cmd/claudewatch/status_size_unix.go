//go:build unix

package main

import (
	"io"
	"os"
	"syscall"
	"unsafe"
)

// terminalSize asks the terminal how large it is.
func terminalSize(w io.Writer) (columns, rows int) {
	f, ok := w.(*os.File)
	if !ok {
		return usualColumns, usualRows
	}
	var size struct{ rows, columns, x, y uint16 }
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	if errno != 0 || size.columns < 20 || size.rows < 4 {
		return usualColumns, usualRows
	}
	return int(size.columns), int(size.rows)
}
