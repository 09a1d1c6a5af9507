//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile takes the lock that keeps a second agent off the database. The lock ends with the process, however that ends; the
// file stays, because removing it would let two processes lock two files of one name. It is a file of its own, since SQLite
// loses its locks when anybody in the process closes the database file.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("%w: %s is locked; stop the other agent or give this one a database of its own", ErrLocked, path)
	}
	if errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOLCK) {
		err = nil // a file system without such locks: SQLite's own still keep the file whole
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
