package store

// #include "wal.h"
import "C"

import (
	"fmt"
	"sync"
)

// gatheringVFS is the name of the file system that writes SQLite's log in larger pieces (wal.c).
const gatheringVFS = "claudewatch"

// registerWAL makes that file system known to SQLite. Doing it again does nothing.
var registerWAL = sync.OnceValue(func() error {
	if rc := C.wal_register(); rc != 0 {
		return fmt.Errorf("register file system with SQLite: %w", sqliteError(rc))
	}
	return nil
})
