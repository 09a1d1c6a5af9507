// claudewatch_sums is a table of the parts of sums by day that a block of the table day_blocks holds, one row for each: it has the columns
// of day_rows, and the block as its argument. What a block is, rollup_block.go says.
#include "bulk.h"
#include "vtab.h"

#include <stdlib.h>
#include <string.h>

enum { OK = 0, NOMEM = 7, CORRUPT = 11, CONSTRAINT = 19, INTEGER = 1, BLOB = 4, NUL = 5, UTF8 = 1, INNOCUOUS = 2 };
enum { EQ = 2, GT = 4, LE = 8, LT = 16, GE = 32 };
enum { KEYS = 4, CAUSE = KEYS, SUMS = 17, FIRST_SUM = CAUSE + 1, SKETCH = FIRST_SUM + SUMS, BLOCK };
enum { FROM = 1, TO = 2 }; // the bounds of start that a statement has

static void (*const transient)(void *) = (void (*)(void *))-1; // SQLite makes a copy

// cursor is where a statement is in a block. What text points to is the block's own.
typedef struct {
  sqlite3_vtab_cursor base;
  uint8_t *block;
  size_t size, cap;
  const uint8_t *at, *end;
  int64_t from, to, id; // parts of other days are passed over
  int over;
  uint64_t keys[KEYS], sums[SUMS], mask; // as two's complement
  struct { const uint8_t *bytes; uint64_t size; } cause, sketch;
} cursor;

// number takes an unsigned number off the block, and reports whether there was one.
static int number(cursor *c, uint64_t *n) {
  *n = 0;
  for (int shift = 0; c->at < c->end && shift < 64; shift += 7) {
    uint8_t byte = *c->at++;
    if (shift == 63 && byte > 1) return 0;
    *n |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return 1;
  }
  return 0;
}

static int sign(cursor *c, uint64_t *n) {
  if (!number(c, n)) return 0;
  *n = *n >> 1 ^ (0 - (*n & 1));
  return 1;
}

static int bytes(cursor *c, const uint8_t **at, uint64_t *size) {
  if (!number(c, size) || *size > (uint64_t)(c->end - c->at)) return 0;
  *at = c->at, c->at += *size;
  return 1;
}

// part takes the next part off the block, and reports whether it is whole and not of an earlier day than the one before.
static int part(cursor *c) {
  uint64_t n, before = c->keys[0];
  for (int i = 0; i < KEYS; i++) {
    if (!sign(c, &n)) return 0;
    c->keys[i] += n;
  }
  if (c->id > 1 && (int64_t)c->keys[0] < (int64_t)before) return 0;
  if (!bytes(c, &c->cause.bytes, &c->cause.size) || !number(c, &n)) return 0;
  c->mask ^= n;
  if (c->mask >> (SUMS + 1)) return 0;
  for (int i = 0; i < SUMS; i++) {
    c->sums[i] = 0;
    if (c->mask >> i & 1 && !sign(c, &c->sums[i])) return 0;
  }
  return c->mask >> SUMS ? bytes(c, &c->sketch.bytes, &c->sketch.size) : 1;
}

static int connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **vtab, char **message) {
  (void)aux, (void)argc, (void)argv, (void)message;
  int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(start INTEGER, scope INTEGER, user INTEGER, status INTEGER, cause TEXT, calls INTEGER,"
    " rate_limited INTEGER, overloaded INTEGER, errors INTEGER, retries INTEGER, retry_delay INTEGER, measured INTEGER, input INTEGER,"
    " output INTEGER, cache_read INTEGER, write_5m INTEGER, write_1h INTEGER, timed INTEGER, duration INTEGER, priced INTEGER, cost INTEGER,"
    " unpriced INTEGER, sketch BLOB, block BLOB HIDDEN)");
  if (rc == OK) rc = sqlite3_vtab_config(db, INNOCUOUS); // a view may use it whatever SQLite thinks of schemas
  if (rc != OK) return rc;
  *vtab = calloc(1, sizeof **vtab);
  return *vtab ? OK : NOMEM;
}

static int disconnect(sqlite3_vtab *vtab) {
  free(vtab);
  return OK;
}

// bestIndex wants the block, and takes bounds of start so that other days cost little; SQLite looks at them again.
static int bestIndex(sqlite3_vtab *vtab, sqlite3_index_info *info) {
  (void)vtab;
  int block = -1, from = -1, to = -1, args = 0;
  for (int i = 0; i < info->constraints; i++) {
    int column = info->constraint[i].column, op = info->constraint[i].op;
    if (!info->constraint[i].usable) continue;
    if (column == BLOCK && op == EQ) block = i;
    if (column == 0 && (op == EQ || op == GE || op == GT)) from = i;
    if (column == 0 && (op == LE || op == LT)) to = i;
  }
  if (block < 0) return CONSTRAINT;
  info->usage[block].arg = ++args, info->usage[block].omit = 1;
  if (from >= 0) info->usage[from].arg = ++args, info->number |= FROM;
  if (to >= 0) info->usage[to].arg = ++args, info->number |= TO;
  info->cost = info->rows = 1000;
  return OK;
}

static int openCursor(sqlite3_vtab *vtab, sqlite3_vtab_cursor **to) {
  (void)vtab;
  cursor *c = calloc(1, sizeof *c);
  if (!c) return NOMEM;
  *to = &c->base;
  return OK;
}

static int closeCursor(sqlite3_vtab_cursor *base) {
  cursor *c = (cursor *)base;
  free(c->block);
  free(c);
  return OK;
}

static int next(sqlite3_vtab_cursor *base) {
  cursor *c = (cursor *)base;
  do {
    c->id++;
    c->over = c->at == c->end;
    if (!c->over && !part(c)) return CORRUPT;
    c->over |= (int64_t)c->keys[0] > c->to; // what follows is of no earlier day
  } while (!c->over && (int64_t)c->keys[0] < c->from);
  return OK;
}

// load copies the block: an argument is gone when filter returns.
static int load(cursor *c, sqlite3_value *block) {
  int type = sqlite3_value_type(block);
  const void *from = type == BLOB ? sqlite3_value_blob(block) : 0;
  c->size = from ? (size_t)sqlite3_value_bytes(block) : 0;
  if (type != BLOB && type != NUL) return CORRUPT;
  if (c->size > c->cap) {
    free(c->block);
    c->cap = 0, c->block = malloc(c->size);
    if (!c->block) return NOMEM;
    c->cap = c->size;
  }
  if (c->size) memcpy(c->block, from, c->size);
  c->at = c->block, c->end = c->size ? c->block + c->size : c->at;
  return OK;
}

static int filter(sqlite3_vtab_cursor *base, int index, const char *text, int n, sqlite3_value **args) {
  (void)text;
  cursor *c = (cursor *)base;
  c->id = 0, c->from = INT64_MIN, c->to = INT64_MAX, c->mask = 0;
  memset(c->keys, 0, sizeof c->keys);
  for (int i = 1; i < n; i++) { // of other kinds than days SQLite has to think
    if (sqlite3_value_type(args[i]) != INTEGER) continue;
    *(i == 1 && index & FROM ? &c->from : &c->to) = sqlite3_value_int64(args[i]);
  }
  int rc = load(c, args[0]);
  return rc == OK ? next(base) : rc;
}

static int eof(sqlite3_vtab_cursor *base) { return ((cursor *)base)->over; }

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int i) {
  cursor *c = (cursor *)base;
  if (i < KEYS) sqlite3_result_int64(context, (int64_t)c->keys[i]);
  else if (i == CAUSE) sqlite3_result_text64(context, (const char *)c->cause.bytes, c->cause.size, transient, UTF8);
  else if (i < SKETCH) sqlite3_result_int64(context, (int64_t)c->sums[i - FIRST_SUM]);
  else if (i == SKETCH && c->mask >> SUMS) sqlite3_result_blob64(context, c->sketch.bytes, c->sketch.size, transient);
  else if (i == BLOCK) sqlite3_result_blob64(context, c->block, c->size, transient);
  return OK;
}

static int rowid(sqlite3_vtab_cursor *base, int64_t *id) {
  *id = ((cursor *)base)->id;
  return OK;
}

static const sqlite3_module module = {.connect = connect, .bestIndex = bestIndex, .disconnect = disconnect, .open = openCursor,
  .close = closeCursor, .filter = filter, .next = next, .eof = eof, .column = column, .rowid = rowid};

// bulk_sums_open gives a connection the table.
int bulk_sums_open(sqlite3 *db) { return sqlite3_create_module_v2(db, "claudewatch_sums", &module, 0, 0); }
