package store

/*
#include <stdint.h>

extern __attribute__((weak)) int sqlite3_status64(int, int64_t *, int64_t *, int);

// cache_bytes is SQLITE_STATUS_PAGECACHE_OVERFLOW: the pages in memory, none of which have a place of their own.
static int64_t cache_bytes(void) {
  int64_t now = 0, most = 0;
  return sqlite3_status64(2, &now, &most, 0) ? 0 : now;
}
*/
import "C"

// CacheBytes returns how many bytes SQLite's page caches take now: those of all databases that the process has open, but for the first few
// pages of each connection.
func CacheBytes() int64 { return int64(C.cache_bytes()) }
