// claudewatch_rows is a table that an INSERT selects packed rows from, so that one step of a statement writes all of them: to begin and end
// a statement for each row costs about as much as the row. It has the columns c0 to c31 and is there for bulk_insert alone.
#include "bulk.h"
#include "vtab.h"

#include <stdlib.h>
#include <string.h>

API sqlite3 *sqlite3_db_handle(sqlite3_stmt *);
API int sqlite3_extended_errcode(sqlite3 *);
API int sqlite3_get_autocommit(sqlite3 *);
API int sqlite3_reset(sqlite3_stmt *);
API int sqlite3_step(sqlite3_stmt *);

enum { OK = 0, DONE = 101, NOMEM = 7, MISUSE = 21, INTEGER = 1, FLOAT = 2, TEXT = 3, BLOB = 4, NUL = 5, UTF8 = 1, MOST = 32 };

// bulk_source is what a connection's claudewatch_rows has: the rows of the statement that is under way.
struct bulk_source {
  sqlite3 *db;
  const uint8_t *at, *next, *end; // the present row, the one behind it and the end of all
  int columns, broken;            // of each row; whether the next one is no row
  struct { int type; uint32_t size; const uint8_t *bytes; } values[MOST];
};

typedef struct { sqlite3_vtab base; bulk_source *source; } table;

// parse takes up the row at next. There is none at the end, nor where the bytes are no row.
static void parse(bulk_source *s) {
  const uint8_t *p = s->at = s->next;
  if (p == s->end) return;
  for (int i = 0; i < s->columns; i++) {
    if (p == s->end) goto broken;
    int type = *p++;
    uint32_t n = 0;
    if (type == INTEGER || type == FLOAT) n = 8;
    else if (type == TEXT || type == BLOB) {
      if (s->end - p < 4) goto broken;
      memcpy(&n, p, 4), p += 4;
    } else if (type != NUL) goto broken;
    if ((size_t)(s->end - p) < n) goto broken;
    s->values[i].type = type, s->values[i].size = n, s->values[i].bytes = p;
    p += n;
  }
  s->next = p;
  return;
broken:
  s->broken = 1;
}

static int connect(sqlite3 *db, void *source, int argc, const char *const *argv, sqlite3_vtab **vtab, char **message) {
  (void)argc, (void)argv, (void)message;
  int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(c0,c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12,c13,c14,c15,c16,c17,c18,c19,c20,c21,c22,c23,"
    "c24,c25,c26,c27,c28,c29,c30,c31)");
  if (rc != OK) return rc;
  table *t = calloc(1, sizeof *t);
  if (!t) return NOMEM;
  t->source = source;
  *vtab = &t->base;
  return OK;
}

static int disconnect(sqlite3_vtab *vtab) {
  free(vtab);
  return OK;
}

static int bestIndex(sqlite3_vtab *vtab, sqlite3_index_info *info) {
  (void)vtab, (void)info;
  return OK;
}

static int openCursor(sqlite3_vtab *vtab, sqlite3_vtab_cursor **cursor) {
  (void)vtab;
  *cursor = calloc(1, sizeof **cursor);
  return *cursor ? OK : NOMEM;
}

static int closeCursor(sqlite3_vtab_cursor *cursor) {
  free(cursor);
  return OK;
}

static bulk_source *sourceOf(sqlite3_vtab_cursor *cursor) { return ((table *)cursor->vtab)->source; }

static int next(sqlite3_vtab_cursor *cursor) {
  parse(sourceOf(cursor));
  return OK;
}

static int filter(sqlite3_vtab_cursor *cursor, int index, const char *name, int n, sqlite3_value **args) {
  (void)index, (void)name, (void)n, (void)args;
  return next(cursor);
}

static int eof(sqlite3_vtab_cursor *cursor) {
  bulk_source *s = sourceOf(cursor);
  return s->broken || s->at == s->end;
}

static int column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int i) {
  bulk_source *s = sourceOf(cursor);
  if (i < 0 || i >= s->columns) return MISUSE;
  const uint8_t *bytes = s->values[i].bytes;
  int64_t whole;
  double real;
  switch (s->values[i].type) {
  case INTEGER:
    memcpy(&whole, bytes, 8);
    sqlite3_result_int64(context, whole);
    break;
  case FLOAT:
    memcpy(&real, bytes, 8);
    sqlite3_result_double(context, real);
    break;
  case TEXT:
    sqlite3_result_text64(context, (const char *)bytes, s->values[i].size, 0, UTF8);
    break;
  case BLOB:
    sqlite3_result_blob64(context, bytes, s->values[i].size, 0);
    break;
  }
  return OK;
}

static int rowid(sqlite3_vtab_cursor *cursor, int64_t *id) {
  (void)cursor;
  *id = 0;
  return OK;
}

static const sqlite3_module module = {.connect = connect, .bestIndex = bestIndex, .disconnect = disconnect, .open = openCursor,
  .close = closeCursor, .filter = filter, .next = next, .eof = eof, .column = column, .rowid = rowid};

// bulk_source_open gives a connection the table. It is freed with the connection.
bulk_source *bulk_source_open(sqlite3 *db, int *rc) {
  bulk_source *s = calloc(1, sizeof *s);
  *rc = s ? sqlite3_create_module_v2(db, "claudewatch_rows", &module, s, free) : NOMEM; // frees it also when it fails
  if (*rc != OK) return 0;
  s->db = db;
  return s;
}

sqlite3 *bulk_source_db(bulk_source *s) { return s->db; }

// bulk_insert runs an INSERT OR FAIL that selects from claudewatch_rows over all packed rows of so many columns, and says how many bytes of
// them it has done: those before the row that the error is about.
int bulk_insert(int64_t handle, sqlite3_stmt *stmt, int columns, const uint8_t *rows, size_t size, size_t *done) {
  bulk_source *s = (bulk_source *)(intptr_t)handle;
  *done = 0;
  if (columns > MOST) return MISUSE;
  if (sqlite3_get_autocommit(s->db)) return BULK_NO_TRANSACTION;
  s->at = s->next = rows, s->end = rows + size, s->columns = columns, s->broken = 0;
  int step = sqlite3_step(stmt), rc = sqlite3_reset(stmt);
  if (rc != OK) rc = sqlite3_extended_errcode(s->db);
  else if (step != DONE || s->broken) rc = MISUSE;
  *done = (size_t)(s->at - rows);
  s->at = s->next = s->end = 0;
  memset(s->values, 0, sizeof s->values); // nothing of the caller's memory is kept
  return rc;
}
