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
enum { ENTRY = 11, PART_KEYS = 330, PART_SHIFT = 20, TIER_BITS = 3, FAN_OUT = 8, TOP_TIER = 5 };

typedef struct { sqlite3_int64 id; sqlite3_value *values[COLUMNS]; } Call;
typedef struct { sqlite3_uint64 hash, call; } Entry; // call is doubled, as the store keeps it
typedef struct { sqlite3_int64 id, slot; Entry entry; } Key;
typedef struct { sqlite3_int64 id, slot, keys, parts; } Run;
typedef struct { sqlite3_int64 start, scope, user, status, sums[SUMS]; size_t call; int bin; } Sum;
// A row of sums as it is stored, and a table of them.
typedef struct { Sum sum; unsigned char *sketch; int len, cap, compact; } Row;
typedef struct {
  int seconds, user, byUser, hasSketch;
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

static int compareEntries(const void *a, const void *b) {
  const Entry *x = a, *y = b;
  ORDER(hash);
  ORDER(call);
  return 0;
}

static Entry entryAt(const unsigned char *b) {
  Entry e = {0, 0};
  for (int i = 0; i < 5; i++) e.hash = e.hash << 8 | b[i];
  for (int i = 5; i < ENTRY; i++) e.call = e.call << 8 | b[i];
  return e;
}

static void putEntry(unsigned char *b, Entry e) {
  for (int i = 4; i >= 0; i--, e.hash >>= 8) b[i] = (unsigned char)e.hash;
  for (int i = ENTRY - 1; i >= 5; i--, e.call >>= 8) b[i] = (unsigned char)e.call;
}

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
      k->id = (k->slot * MS_PER_DAY << 16) + (sqlite3_int64)(k->entry.call >> 1);
    }
  }
  sqlite3_finalize(s);
  qsort(keys, nkeys, sizeof *keys, compareIDs);
}

static int compareSums(const void *a, const void *b) {
  const Sum *x = a, *y = b;
  ORDER(start);
  ORDER(scope);
  ORDER(user);
  ORDER(status);
  return 0;
}

// compareCalls puts the latest call of a sum first, as the store has them.
static int compareCalls(const void *a, const void *b) {
  const Sum *x = a, *y = b;
  int order = compareSums(a, b);
  return order ? order : x->call > y->call ? -1 : 1;
}

static sqlite3_int64 column(const Call *c, int i) { return sqlite3_value_int64(c->values[i]); }

// binOf is the bin of a duration in microseconds; see store/sketch.go.
static int binOf(sqlite3_int64 micros) {
  static double scale;
  if (scale == 0) scale = 1 / log(1.02 / 0.98);
  double at = log((double)(micros > 1 ? micros : 1) / 1e6) * scale;
  return at >= 0 ? (int)at : (int)at - 1;
}

// sumOf is what a call adds, for the calls of this benchmark: no errors, all of them measured, timed and priced.
static Sum sumOf(const Call *c, const Table *t) {
  Sum s = {.start = (c->id >> 16) / 1000 / t->seconds, .scope = column(c, 1), .user = t->byUser ? column(c, 2) : 0,
    .status = column(c, 3), .bin = t->hasSketch ? binOf(column(c, 12)) : 0};
  sqlite3_int64 sums[SUMS] = {1, 0, 0, 0, 0, 0, 1, column(c, 6), column(c, 7), column(c, 8), column(c, 10), column(c, 11),
    1, column(c, 12), 1, column(c, 13), 0};
  memcpy(s.sums, sums, sizeof sums);
  return s;
}

// rowOf returns the row of a sum, made where it is new.
static Row *rowOf(Table *t, const Sum *s) {
  sqlite3_uint64 h = (sqlite3_uint64)(s->start * 1000003 + s->scope) * 1000003 + (sqlite3_uint64)(s->user * 1009 + s->status);
  if (!t->rows && !(t->rows = calloc(ROWS, sizeof *t->rows))) exit(1);
  for (h = h * 0x9e3779b97f4a7c15ull >> 44;; h++) {
    Row **at = &t->rows[h % ROWS];
    if (!*at) {
      if (!(*at = calloc(1, sizeof **at))) exit(1);
      (*at)->sum = (Sum){.start = s->start, .scope = s->scope, .user = s->user, .status = s->status};
    }
    if (!compareSums(&(*at)->sum, s)) return *at;
  }
}

// A sketch is written as DDSketch does it: a flag, the number of bins, and for each the difference to the one before, and a count.
static void put(Row *r, int byte) {
  if (r->len == r->cap) {
    r->cap = r->cap ? 2 * r->cap : 64;
    if (!(r->sketch = realloc(r->sketch, (size_t)r->cap))) exit(1);
  }
  r->sketch[r->len++] = (unsigned char)byte;
}

static void putNumber(Row *r, unsigned n) {
  for (; n >= 0x80; n >>= 7) put(r, (int)(n & 0x7f) | 0x80);
  put(r, (int)n);
}

static void putStep(Row *r, int n) { putNumber(r, (unsigned)(n >> 31 ^ n * 2)); }

static sqlite3_uint64 bitsOf(double d) {
  sqlite3_uint64 x;
  memcpy(&x, &d, sizeof x);
  return x;
}

static void putCount(Row *r, int n) {
  sqlite3_uint64 x = bitsOf(n + 1.0) - bitsOf(1);
  for (x = x << 6 | x >> 58; x << 7; x <<= 7) put(r, (int)(x >> 57) | 0x80);
  put(r, (int)(x >> 57));
}

static unsigned takeNumber(const unsigned char **b) {
  unsigned n = 0;
  for (int shift = 0;; shift += 7) {
    unsigned byte = *(*b)++;
    n |= (byte & 0x7f) << shift;
    if (byte < 0x80) return n;
  }
}

static int takeCount(const unsigned char **b) {
  sqlite3_uint64 x = 0;
  for (int shift = 57;; shift -= 7) {
    sqlite3_uint64 byte = *(*b)++;
    x |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  x = (x >> 6 | x << 58) + bitsOf(1);
  double d;
  memcpy(&d, &x, sizeof d);
  return (int)(d - 1);
}

enum { STEPS = 9, COUNTS = 5 }; // the flags

// compact writes a sketch anew in one part.
static void compact(Row *r) {
  static int counts[BINS];
  memset(counts, 0, sizeof counts);
  for (const unsigned char *b = r->sketch, *end = b + r->len; b < end;) {
    int flag = *b++, bin = BIN0;
    for (unsigned n = takeNumber(&b); n > 0; n--) {
      unsigned step = takeNumber(&b);
      bin += (int)(step >> 1) ^ -(int)(step & 1);
      counts[bin] += flag == COUNTS ? takeCount(&b) : 1;
    }
  }
  int bins = 0, single = 1, last = BIN0;
  for (int i = 0; i < BINS; i++) bins += counts[i] > 0, single &= counts[i] < 2;
  r->len = 0;
  put(r, single ? STEPS : COUNTS);
  putNumber(r, (unsigned)bins);
  for (int i = 0; i < BINS; i++) {
    if (!counts[i]) continue;
    putStep(r, i - last), last = i;
    if (!single) putCount(r, counts[i]);
  }
  r->compact = r->len;
}

// saveSums writes the rows of a table that a batch changes, as they are then.
static void saveSums(Table *t, const Call *batch, size_t n, Sum *sums) {
  for (size_t i = 0; i < n; i++) sums[i] = sumOf(&batch[i], t), sums[i].call = i;
  qsort(sums, n, sizeof *sums, compareCalls);
  for (size_t i = 0, next; i < n; i = next) {
    Row *r = rowOf(t, &sums[i]);
    for (next = i; next < n && !compareSums(&sums[i], &sums[next]); next++)
      for (int k = 0; k < SUMS; k++) r->sum.sums[k] += sums[next].sums[k];
    int at = 0;
    sqlite3_bind_int64(t->put, ++at, sums[i].start);
    sqlite3_bind_int64(t->put, ++at, sums[i].scope);
    if (t->user) sqlite3_bind_int64(t->put, ++at, sums[i].user);
    sqlite3_bind_int64(t->put, ++at, sums[i].status);
    for (int k = 0; k < SUMS; k++) sqlite3_bind_int64(t->put, ++at, r->sum.sums[k]);
    if (t->hasSketch) {
      put(r, STEPS);
      putNumber(r, (unsigned)(next - i));
      for (size_t k = i; k < next; k++) putStep(r, sums[k].bin - (k > i ? sums[k - 1].bin : 0));
      if (r->len > 2 * r->compact + LOOSE) compact(r);
      sqlite3_bind_blob(t->put, ++at, r->sketch, r->len, SQLITE_STATIC);
    }
    step(t->put);
  }
}

#define PUT(table, user, mark, sketch, sketchMark) "INSERT OR REPLACE INTO " table " (start, scope, " user "status, cause, calls, rate_limited," \
  " overloaded, errors, retries, retry_delay, measured, input, output, cache_read, write_5m, write_1h, timed, duration, priced, cost, unpriced" \
  sketch ") VALUES (?, ?, " mark "?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?" sketchMark ")"

static Run *runs;
static size_t nruns;
static sqlite3_int64 lastRun;
static sqlite3_stmt *insertRun, *deleteRun, *insertBlock, *deleteBlocks, *selectRun;

static int tier(sqlite3_int64 keys) { return (63 - __builtin_clzll((unsigned long long)keys)) / TIER_BITS; }

static Entry *merge(Entry *a, size_t n, const Entry *b, size_t m) {
  Entry *all = malloc((n + m) * sizeof *all), *to = all, *from = a;
  if (!all) exit(1);
  for (; n && m; to++)
    if (compareEntries(a, b) <= 0) *to = *a++, n--;
    else *to = *b++, m--;
  if (n) memcpy(to, a, n * sizeof *a);
  if (m) memcpy(to, b, m * sizeof *b);
  free(from);
  return all;
}

// takeRun reads a run's entries and takes the run out.
static Entry *takeRun(const Run *r) {
  Entry *all = malloc((size_t)r->keys * sizeof *all), *to = all;
  if (!all) exit(1);
  sqlite3_bind_int64(selectRun, 1, r->id << PART_SHIFT);
  sqlite3_bind_int64(selectRun, 2, (r->id + 1) << PART_SHIFT);
  while (sqlite3_step(selectRun) == SQLITE_ROW) {
    const unsigned char *block = sqlite3_column_blob(selectRun, 0);
    for (int n = sqlite3_column_bytes(selectRun, 0) / ENTRY; n > 0; n--, block += ENTRY) *to++ = entryAt(block);
  }
  check(sqlite3_reset(selectRun), "reset");
  sqlite3_bind_int64(deleteBlocks, 1, r->id << PART_SHIFT);
  sqlite3_bind_int64(deleteBlocks, 2, (r->id + 1) << PART_SHIFT);
  step(deleteBlocks);
  sqlite3_bind_int64(deleteRun, 1, r->id);
  step(deleteRun);
  return all;
}

static void writeRun(sqlite3_int64 slot, const Entry *entries, size_t n) {
  static unsigned char block[64 * PART_KEYS * ENTRY];
  runs = grow(runs, nruns, sizeof *runs);
  Run *r = &runs[nruns++];
  *r = (Run){++lastRun, slot, (sqlite3_int64)n, ((sqlite3_int64)n + PART_KEYS - 1) / PART_KEYS};
  for (sqlite3_int64 part = 0, i = 0; part < r->parts; part++) {
    int size = 0;
    for (; i < r->keys && (sqlite3_int64)((unsigned __int128)entries[i].hash * (unsigned __int128)r->parts >> 40) == part; i++, size += ENTRY)
      putEntry(block + size, entries[i]);
    sqlite3_bind_int64(insertBlock, 1, r->id << PART_SHIFT | part);
    sqlite3_bind_blob(insertBlock, 2, block, size, SQLITE_STATIC);
    step(insertBlock);
  }
  sqlite3_bind_int64(insertRun, 1, r->id);
  sqlite3_bind_int64(insertRun, 2, slot);
  sqlite3_bind_int64(insertRun, 3, r->keys);
  sqlite3_bind_int64(insertRun, 4, r->parts);
  step(insertRun);
}

// saveKeys writes the keys of a partition as a run, merged with those that are due.
static void saveKeys(sqlite3_int64 slot, const Key *of, size_t n) {
  Entry *all = malloc(n * sizeof *all);
  if (!all) exit(1);
  for (size_t i = 0; i < n; i++) all[i] = of[i].entry;
  qsort(all, n, sizeof *all, compareEntries);
  for (;;) {
    int t = tier((sqlite3_int64)n), same = 0;
    for (size_t i = 0; i < nruns; i++) same += runs[i].slot == slot && tier(runs[i].keys) == t;
    if (t >= TOP_TIER || same < FAN_OUT - 1) break;
    size_t left = 0;
    for (size_t i = 0; i < nruns; i++) {
      if (runs[i].slot != slot || tier(runs[i].keys) != t) {
        runs[left++] = runs[i];
        continue;
      }
      Entry *other = takeRun(&runs[i]);
      all = merge(all, n, other, (size_t)runs[i].keys);
      n += (size_t)runs[i].keys;
      free(other);
    }
    nruns = left;
  }
  writeRun(slot, all, n);
  free(all);
}

static void copy(size_t size) {
  sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
  sqlite3_stmt *insert = prepare("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insertRun = prepare("INSERT INTO key_runs VALUES (?, ?, ?, ?)"), deleteRun = prepare("DELETE FROM key_runs WHERE id = ?");
  insertBlock = prepare("INSERT INTO key_blocks VALUES (?, ?)");
  deleteBlocks = prepare("DELETE FROM key_blocks WHERE id >= ? AND id < ?");
  selectRun = prepare("SELECT keys FROM key_blocks WHERE id >= ? AND id < ? ORDER BY id");
  Table minutes = {.seconds = 60, .user = 1, .put = prepare(PUT("minutes", "user, ", "?, ", "", ""))};
  Table hours = {.seconds = 3600, .hasSketch = 1, .put = prepare(PUT("hours", "", "", ", sketch", ", ?"))};
  Table days = {.seconds = 86400, .user = 1, .byUser = 1, .hasSketch = 1, .put = prepare(PUT("days", "user, ", "?, ", ", sketch", ", ?"))};
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
    saveSums(&days, &calls[i], n, sums);
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
  same("days");
  printf("%.6f %.6f\n", from, cpu);
  return 0;
}
