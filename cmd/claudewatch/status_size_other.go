//go:build !unix

package main

import "io"

// terminalSize takes the terminal for one of the usual size.
func terminalSize(io.Writer) (columns, rows int) { return usualColumns, usualRows }
