// ceiling copies the calls of one database into another as fast as C can: the same schema and the same transactions as the
// store's, each with a batch of rows, their keys, the sums that they add to and a position.
//
//   ceiling SCHEMA.sql FROM.db TO.db BATCH
//
// It prints the seconds that the transactions took and those of the processor, and fails where the copy differs.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sqlite3.h"

enum { COLUMNS = 17, SUMS = 17, MS_PER_DAY = 24 * 60 * 60 * 1000 };
// How the store keeps keys.
enum { ROWS = 1 << 20, LOOSE = 32, BINS = 800, BIN0 = 400 };
enum { ENTRY = 9, HASH = 4, PART_KEYS = 410, PART_SHIFT = 20, TIER_BITS = 3, FAN_OUT = 8, MAX_RUN = (1 << 15) - 1, ID_BITS = 4, ROOT = 1, FORM = 1 };

typedef struct { sqlite3_int64 id; sqlite3_value *values[COLUMNS]; } Call;
typedef struct { sqlite3_uint64 hash, call; } Entry; // call lacks the last bits and is doubled, as the store keeps it
typedef struct { sqlite3_int64 id, slot; Entry entry; } Key;
typedef struct { sqlite3_int64 id, slot, keys, parts, node; } Run; // node: see store/keytree.go
typedef struct { sqlite3_int64 start, scope, user, status, sums[SUMS]; size_t call; int bin; } Sum;
// A row of sums as it is stored, and a table of them.
typedef struct { Sum sum; unsigned char *sketch; int len, cap, compact; } Row;
typedef struct {
  int seconds, user, byUser, hasSketch, blocks;
  sqlite3_stmt *put;
  Row **rows; // a hash table
} Table;

static sqlite3 *db;

static void check(int rc, const char *what) {
  if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW) return;
  fprintf(stderr, "ceiling: %s: %s\n", what, sqlite3_errmsg(db));
  exit(1);
}

static void run(const char *sql) { check(sqlite3_exec(db, sql, 0, 0, 0), sql); }

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *s;
  check(sqlite3_prepare_v2(db, sql, -1, &s, 0), sql);
  return s;
}

static void step(sqlite3_stmt *s) {
  check(sqlite3_step(s), "step");
  check(sqlite3_reset(s), "reset");
}

static void *grow(void *all, size_t n, size_t size) {
  if (n & (n - 1)) return all;
  all = realloc(all, (n ? 2 * n : 1) * size);
  if (!all) exit(1);
  return all;
}

static Call *calls;
static Key *keys;
static size_t ncalls, nkeys;

#define ORDER(field) if (x->field != y->field) return x->field < y->field ? -1 : 1

static int compareIDs(const void *a, const void *b) {
  const Key *x = a, *y = b;
  ORDER(id);
  ORDER(entry.hash);
  return 0;
}

#include "sums.h"
#include "keys.h"

// load reads what is to be copied, in the order in which it was stored: that of time.
static void load(void) {
  sqlite3_stmt *s = prepare("SELECT * FROM old.calls ORDER BY id");
  while (sqlite3_step(s) == SQLITE_ROW) {
    calls = grow(calls, ncalls, sizeof *calls);
    Call *c = &calls[ncalls++];
    c->id = sqlite3_column_int64(s, 0);
    for (int i = 0; i < COLUMNS; i++) c->values[i] = sqlite3_value_dup(sqlite3_column_value(s, i));
  }
  sqlite3_finalize(s);
  s = prepare("SELECT r.slot, b.keys FROM old.key_runs r JOIN old.key_blocks b ON b.id >> 20 = r.id");
  while (sqlite3_step(s) == SQLITE_ROW) {
    const unsigned char *block = sqlite3_column_blob(s, 1);
    for (int n = sqlite3_column_bytes(s, 1) / ENTRY; n > 0; n--, block += ENTRY) {
      keys = grow(keys, nkeys, sizeof *keys);
      Key *k = &keys[nkeys++];
      k->slot = sqlite3_column_int64(s, 0), k->entry = entryAt(block);
      k->id = (k->slot * MS_PER_DAY << 16) + (sqlite3_int64)(k->entry.call >> 1 << ID_BITS);
    }
  }
  sqlite3_finalize(s);
  qsort(keys, nkeys, sizeof *keys, compareIDs);
}

static void copy(size_t size) {
  sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
  sqlite3_stmt *insert = prepare("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insertRun = prepare("INSERT INTO key_runs (id, slot, keys, parts, node, form) VALUES (?, ?, ?, ?, ?, ?)"), deleteRun = prepare("DELETE FROM key_runs WHERE id = ?");
  insertBlock = prepare("INSERT INTO key_blocks VALUES (?, ?)");
  deleteBlocks = prepare("DELETE FROM key_blocks WHERE id >= ? AND id < ?");
  selectRun = prepare("SELECT keys FROM key_blocks WHERE id >= ? AND id < ? ORDER BY id");
  Table minutes = {.seconds = 60, .user = 1, .put = prepare(PUT("minutes", "user, ", "?, ", "", ""))};
  Table hours = {.seconds = 3600, .hasSketch = 1, .put = prepare(PUT("hours", "", "", ", sketch", ", ?"))};
  Table days = {.seconds = 86400, .user = 1, .byUser = 1, .hasSketch = 1, .blocks = 1, .put = prepare(PUT("day_rows", "user, ", "?, ", ", sketch", ", ?"))};
  appendDays = prepare("INSERT INTO day_blocks (parts, sums) VALUES (?, ?)"), insertDays = prepare("INSERT INTO day_blocks VALUES (?, ?, ?)");
  deleteDays = prepare("DELETE FROM day_blocks"), deleteDay = prepare("DELETE FROM day_blocks WHERE id = ?");
  sqlite3_stmt *position = prepare("INSERT OR REPLACE INTO positions (id, source, path, device, inode, offset, size, head_size)"
    " VALUES ('file', 'bench', '/var/log/app.log', 1, 2, ?, ?, 0)");
  sqlite3_stmt *count = prepare("UPDATE meta SET value = value + ? WHERE name = 'calls'");
  Sum *sums = malloc(size * sizeof *sums);
  if (!sums) exit(1);
  for (size_t i = 0, k = 0, n; i < ncalls; i += n) {
    n = ncalls - i < size ? ncalls - i : size;
    step(begin);
    for (size_t j = i; j < i + n; j++) {
      for (int v = 0; v < COLUMNS; v++) sqlite3_bind_value(insert, v + 1, calls[j].values[v]);
      step(insert);
    }
    while (k < nkeys && keys[k].id <= calls[i + n - 1].id) {
      size_t first = k;
      while (k < nkeys && keys[k].id <= calls[i + n - 1].id && keys[k].slot == keys[first].slot) k++;
      saveKeys(keys[first].slot, &keys[first], k - first);
    }
    saveSums(&minutes, &calls[i], n, sums);
    saveSums(&hours, &calls[i], n, sums);
    saveDays(&days, &calls[i], n, sums);
    sqlite3_bind_int64(position, 1, (sqlite3_int64)(i + n));
    sqlite3_bind_int64(position, 2, (sqlite3_int64)(i + n));
    step(position);
    sqlite3_bind_int64(count, 1, (sqlite3_int64)n);
    step(count);
    step(commit);
  }
}

// same fails when a table of the copy differs from the original.
static void same(const char *table) {
  char sql[512];
  snprintf(sql, sizeof sql, "SELECT (SELECT count(*) FROM (SELECT * FROM main.%s EXCEPT SELECT * FROM old.%s)) +"
    " (SELECT count(*) FROM (SELECT * FROM old.%s EXCEPT SELECT * FROM main.%s))", table, table, table, table);
  sqlite3_stmt *s = prepare(sql);
  check(sqlite3_step(s), sql);
  if (sqlite3_column_int64(s, 0) != 0) {
    fprintf(stderr, "ceiling: %lld rows of %s differ\n", (long long)sqlite3_column_int64(s, 0), table);
    exit(1);
  }
  sqlite3_finalize(s);
}

static char *readFile(const char *name) {
  FILE *f = fopen(name, "rb");
  char *text = calloc(1, 1 << 20);
  if (!f || !text || fread(text, 1, (1 << 20) - 1, f) == 0) {
    fprintf(stderr, "ceiling: read %s\n", name);
    exit(1);
  }
  fclose(f);
  return text;
}

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: ceiling SCHEMA.sql FROM.db TO.db BATCH\n");
    return 2;
  }
  check(sqlite3_open_v2(argv[3], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, 0), "open");
  run("PRAGMA auto_vacuum = incremental; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8000;"
    " PRAGMA wal_autocheckpoint = 4000");
  run(readFile(argv[1]));
  sqlite3_stmt *attach = prepare("ATTACH ? AS old");
  sqlite3_bind_text(attach, 1, argv[2], -1, SQLITE_STATIC);
  step(attach);
  load();
  run("DETACH old");
  double from = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  copy((size_t)atoi(argv[4]));
  from = seconds(CLOCK_MONOTONIC) - from, cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  step(attach);
  same("calls");
  same("key_runs");
  same("key_blocks");
  same("minutes");
  same("hours");
  same("day_rows");
  same("day_blocks");
  printf("%.6f %.6f\n", from, cpu);
  return 0;
}
