// ceiling copies the calls of one database into another as fast as C can: the same schema and the same transactions as the
// store's, each with a batch of rows, their keys, the sums that they add to and a position.
//
//   ceiling SCHEMA.sql FROM.db TO.db BATCH
//
// It prints the seconds that the transactions took and those of the processor, and fails where the copy differs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sqlite3.h"

enum { COLUMNS = 17, SUMS = 17, MS_PER_DAY = 24 * 60 * 60 * 1000 };

typedef struct { sqlite3_int64 id; sqlite3_value *values[COLUMNS]; } Call;
typedef struct { sqlite3_int64 id, slot, key, call; } Key;
typedef struct { sqlite3_int64 start, scope, user, status, sums[SUMS]; } Sum;

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
  s = prepare("SELECT slot, key, call FROM old.call_keys ORDER BY slot, call");
  while (sqlite3_step(s) == SQLITE_ROW) {
    keys = grow(keys, nkeys, sizeof *keys);
    Key *k = &keys[nkeys++];
    k->slot = sqlite3_column_int64(s, 0), k->key = sqlite3_column_int64(s, 1), k->call = sqlite3_column_int64(s, 2);
    k->id = (k->slot * MS_PER_DAY << 16) + k->call;
  }
  sqlite3_finalize(s);
}

#define ORDER(field) if (x->field != y->field) return x->field < y->field ? -1 : 1

static int compareKeys(const void *a, const void *b) {
  const Key *x = a, *y = b;
  ORDER(slot);
  ORDER(key);
  return 0;
}

static int compareSums(const void *a, const void *b) {
  const Sum *x = a, *y = b;
  ORDER(start);
  ORDER(scope);
  ORDER(user);
  ORDER(status);
  return 0;
}

static sqlite3_int64 column(const Call *c, int i) { return sqlite3_value_int64(c->values[i]); }

// sumOf is what a call adds, for the calls of this benchmark: no errors, all of them measured, timed and priced.
static Sum sumOf(const Call *c, int seconds) {
  Sum s = {.start = (c->id >> 16) / 1000 / seconds, .scope = column(c, 1), .user = seconds == 60 ? 0 : column(c, 2),
    .status = column(c, 3)};
  sqlite3_int64 sums[SUMS] = {1, 0, 0, 0, 0, 0, 1, column(c, 6), column(c, 7), column(c, 8), column(c, 10), column(c, 11),
    1, column(c, 12), 1, column(c, 13), 0};
  memcpy(s.sums, sums, sizeof sums);
  return s;
}

static void saveSums(sqlite3_stmt *upsert, const Call *batch, size_t n, int seconds, Sum *sums) {
  for (size_t i = 0; i < n; i++) sums[i] = sumOf(&batch[i], seconds);
  qsort(sums, n, sizeof *sums, compareSums);
  for (size_t i = 0, next; i < n; i = next) {
    for (next = i + 1; next < n && !compareSums(&sums[i], &sums[next]); next++)
      for (int k = 0; k < SUMS; k++) sums[i].sums[k] += sums[next].sums[k];
    sqlite3_bind_int64(upsert, 1, sums[i].start);
    sqlite3_bind_int64(upsert, 2, sums[i].scope);
    sqlite3_bind_int64(upsert, 3, sums[i].user);
    sqlite3_bind_int64(upsert, 4, sums[i].status);
    for (int k = 0; k < SUMS; k++) sqlite3_bind_int64(upsert, 5 + k, sums[i].sums[k]);
    step(upsert);
  }
}

#define UPSERT(table) "INSERT INTO " table " (start, scope, user, status, cause, calls, rate_limited, overloaded, errors, retries," \
  " retry_delay, measured, input, output, cache_read, write_5m, write_1h, timed, duration, priced, cost, unpriced)" \
  " VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls," \
  " rate_limited = rate_limited + excluded.rate_limited, overloaded = overloaded + excluded.overloaded, errors = errors + excluded.errors," \
  " retries = retries + excluded.retries, retry_delay = retry_delay + excluded.retry_delay, measured = measured + excluded.measured," \
  " input = input + excluded.input, output = output + excluded.output, cache_read = cache_read + excluded.cache_read," \
  " write_5m = write_5m + excluded.write_5m, write_1h = write_1h + excluded.write_1h, timed = timed + excluded.timed," \
  " duration = duration + excluded.duration, priced = priced + excluded.priced, cost = cost + excluded.cost," \
  " unpriced = unpriced + excluded.unpriced"

static void copy(size_t size) {
  sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
  sqlite3_stmt *insert = prepare("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  sqlite3_stmt *insertKey = prepare("INSERT INTO call_keys VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  sqlite3_stmt *minutes = prepare(UPSERT("minutes")), *hours = prepare(UPSERT("hours"));
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
    size_t first = k;
    while (k < nkeys && keys[k].id <= calls[i + n - 1].id) k++;
    qsort(&keys[first], k - first, sizeof *keys, compareKeys);
    for (size_t j = first; j < k; j++) {
      sqlite3_bind_int64(insertKey, 1, keys[j].slot);
      sqlite3_bind_int64(insertKey, 2, keys[j].key);
      sqlite3_bind_int64(insertKey, 3, keys[j].call);
      step(insertKey);
    }
    saveSums(minutes, &calls[i], n, 60, sums);
    saveSums(hours, &calls[i], n, 3600, sums);
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
  check(sqlite3_open(argv[3], &db), "open");
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
  same("call_keys");
  same("minutes");
  same("hours");
  printf("%.6f %.6f\n", from, cpu);
  return 0;
}
