// The system's own file system for SQLite, but for one thing: what is written to a write-ahead log is gathered until it is to be synced or
// looked at. SQLite writes a log in pieces of 24 and 4096 bytes, two calls into the kernel for each page of a transaction; here they become
// one for all. A transaction is in the file before SQLite tells other connections of it: its last page is written through. As in bulk.c,
// SQLite is declared here and found when the program is linked.
#include "wal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct sqlite3_vfs sqlite3_vfs;
typedef struct sqlite3_file sqlite3_file;

// These two are as in sqlite3.h, where they may only ever get longer.
typedef struct {
  int version;
  int (*close)(sqlite3_file *);
  int (*read)(sqlite3_file *, void *, int, int64_t);
  int (*write)(sqlite3_file *, const void *, int, int64_t);
  int (*truncate)(sqlite3_file *, int64_t);
  int (*sync)(sqlite3_file *, int);
  int (*size)(sqlite3_file *, int64_t *);
  int (*lock)(sqlite3_file *, int);
  int (*unlock)(sqlite3_file *, int);
  int (*reserved)(sqlite3_file *, int *);
  int (*control)(sqlite3_file *, int, void *);
  int (*sector)(sqlite3_file *);
  int (*device)(sqlite3_file *);
} methods;

struct sqlite3_vfs {
  int version, file_size, max_path;
  sqlite3_vfs *next;
  const char *name;
  void *data;
  int (*open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
  void (*rest[15])(void);
};

struct sqlite3_file {
  const methods *methods;
};

#define API extern __attribute__((weak))
API sqlite3_vfs *sqlite3_vfs_find(const char *);
API int sqlite3_vfs_register(sqlite3_vfs *, int);

// SQLite writes at most 128 KiB less a byte at once on Unix, so no more is gathered.
enum { OK = 0, NOMEM = 7, OPEN_WAL = 0x80000, FRAME_HEAD = 24, MOST = 127 << 10 };

// logFile is an open log. The system's own file follows it in memory.
typedef struct {
  sqlite3_file base;
  uint8_t *bytes; // that are not in the file yet, from at on
  int64_t at;
  int len;
  int last;   // the page that comes next is the last one of a transaction
  int looked; // nothing was written since the last look
} logFile;

static sqlite3_vfs *beneath, gathering;

static sqlite3_file *file(sqlite3_file *f) { return (sqlite3_file *)((logFile *)f + 1); }

// flush writes what was gathered. After an error SQLite gives the transaction up, and with it these bytes.
static int flush(sqlite3_file *f) {
  logFile *l = (logFile *)f;
  int len = l->len;
  l->len = 0;
  return len ? file(f)->methods->write(file(f), l->bytes, len, l->at) : OK;
}

static int logClose(sqlite3_file *f) {
  int rc = flush(f), closed = file(f)->methods->close(file(f));
  free(((logFile *)f)->bytes);
  return rc ? rc : closed;
}

static int logRead(sqlite3_file *f, void *to, int n, int64_t at) {
  int rc = flush(f);
  ((logFile *)f)->looked = 1;
  return rc ? rc : file(f)->methods->read(file(f), to, n, at);
}

static int logWrite(sqlite3_file *f, const void *from, int n, int64_t at) {
  logFile *l = (logFile *)f;
  int looked = l->looked, last = l->last;
  l->looked = 0, l->last = 0;
  if (l->len && (at != l->at + l->len || n > MOST - l->len)) {
    int rc = flush(f);
    if (rc) return rc;
  }
  if (n == FRAME_HEAD) { // its second number is that of the database's pages, in a transaction's last frame; else it is 0
    static const uint8_t none[4];
    l->last = memcmp((const uint8_t *)from + 4, none, 4) != 0;
  }
  if (n > MOST || (n == FRAME_HEAD && looked)) // a head that is read and written again, to correct its sum, has no page behind it
    return file(f)->methods->write(file(f), from, n, at);
  if (!l->len) l->at = at;
  memcpy(l->bytes + l->len, from, (size_t)n);
  l->len += n;
  return last ? flush(f) : OK;
}

static int logTruncate(sqlite3_file *f, int64_t size) {
  int rc = flush(f);
  return rc ? rc : file(f)->methods->truncate(file(f), size);
}

static int logSync(sqlite3_file *f, int flags) {
  int rc = flush(f);
  return rc ? rc : file(f)->methods->sync(file(f), flags);
}

static int logSize(sqlite3_file *f, int64_t *size) {
  int rc = flush(f);
  return rc ? rc : file(f)->methods->size(file(f), size);
}

static int logLock(sqlite3_file *f, int lock) { return file(f)->methods->lock(file(f), lock); }
static int logUnlock(sqlite3_file *f, int lock) { return file(f)->methods->unlock(file(f), lock); }
static int logReserved(sqlite3_file *f, int *out) { return file(f)->methods->reserved(file(f), out); }
static int logControl(sqlite3_file *f, int op, void *arg) { return file(f)->methods->control(file(f), op, arg); }
static int logSector(sqlite3_file *f) { return file(f)->methods->sector(file(f)); }
static int logDevice(sqlite3_file *f) { return file(f)->methods->device(file(f)); }

static const methods gathered = {1, logClose, logRead, logWrite, logTruncate, logSync, logSize, logLock, logUnlock, logReserved, logControl, logSector, logDevice};

// openFile opens a log as one, and anything else as the system does.
static int openFile(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out) {
  (void)vfs;
  if (!(flags & OPEN_WAL)) return beneath->open(beneath, name, f, flags, out);
  logFile *l = (logFile *)f;
  memset(l, 0, sizeof *l);
  l->bytes = malloc(MOST);
  if (!l->bytes) return NOMEM;
  int rc = beneath->open(beneath, name, file(f), flags, out);
  if (rc) {
    free(l->bytes);
    return rc; // without methods, so that SQLite does not close it
  }
  f->methods = &gathered;
  return OK;
}

// wal_register makes the file system known as "claudewatch". Doing it again does nothing.
int wal_register(void) {
  if (beneath) return OK;
  sqlite3_vfs *system = sqlite3_vfs_find(0);
  if (!system) return NOMEM;
  gathering = *system;
  gathering.name = "claudewatch";
  gathering.file_size = (int)sizeof(logFile) + system->file_size;
  gathering.open = openFile;
  if (gathering.version > 3) gathering.version = 3; // what is declared above
  beneath = system;
  return sqlite3_vfs_register(&gathering, 0);
}
