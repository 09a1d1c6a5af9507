//go:build !unix

package store

import "os"

// lockFile only makes the file: without flock, SQLite's own locks are what keeps two writers apart.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
}
