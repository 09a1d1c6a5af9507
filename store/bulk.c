// Statements of SQLite that run over many packed rows in one call. The driver calls into C several times for each row, which costs
// more than the row. SQLite itself is the driver's: its functions are declared here and found when the program is linked. They are
// weak, so that this package links by itself too, which cgo wants.
#include "bulk.h"

#include <stdlib.h>
#include <string.h>

typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_value sqlite3_value;

#define API extern __attribute__((weak))
API int sqlite3_auto_extension(void (*)(void));
API int sqlite3_bind_blob64(sqlite3_stmt *, int, const void *, uint64_t, void (*)(void *));
API int sqlite3_bind_double(sqlite3_stmt *, int, double);
API int sqlite3_bind_int64(sqlite3_stmt *, int, int64_t);
API int sqlite3_bind_null(sqlite3_stmt *, int);
API int sqlite3_bind_parameter_count(sqlite3_stmt *);
API int sqlite3_bind_text64(sqlite3_stmt *, int, const char *, uint64_t, void (*)(void *), unsigned char);
API int sqlite3_clear_bindings(sqlite3_stmt *);
API const void *sqlite3_column_blob(sqlite3_stmt *, int);
API int sqlite3_column_bytes(sqlite3_stmt *, int);
API int sqlite3_column_count(sqlite3_stmt *);
API double sqlite3_column_double(sqlite3_stmt *, int);
API int64_t sqlite3_column_int64(sqlite3_stmt *, int);
API const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);
API int sqlite3_column_type(sqlite3_stmt *, int);
API int sqlite3_config(int, ...);
API int sqlite3_create_function(sqlite3 *, const char *, int, int, void *, void (*)(sqlite3_context *, int, sqlite3_value **),
  void (*)(sqlite3_context *, int, sqlite3_value **), void (*)(sqlite3_context *));
API sqlite3 *sqlite3_db_handle(sqlite3_stmt *);
API const char *sqlite3_errmsg(sqlite3 *);
API int sqlite3_extended_errcode(sqlite3 *);
API int sqlite3_finalize(sqlite3_stmt *);
API int sqlite3_get_autocommit(sqlite3 *);
API int sqlite3_prepare_v3(sqlite3 *, const char *, int, unsigned int, sqlite3_stmt **, const char **);
API int sqlite3_reset(sqlite3_stmt *);
API void sqlite3_result_int64(sqlite3_context *, int64_t);
API int sqlite3_step(sqlite3_stmt *);
API void *sqlite3_user_data(sqlite3_context *);

// From sqlite3.h; these numbers never change.
enum { OK = 0, ROW = 100, DONE = 101, NOMEM = 7, MISUSE = 21, INTEGER = 1, FLOAT = 2, TEXT = 3, BLOB = 4, NUL = 5 };
enum { UTF8 = 1, DIRECTONLY = 0x80000, PERSISTENT = 1, MEMSTATUS = 9 };

// handle is the SQL function that says which connection it is called on, as a number for bulk_prepare and bulk_insert.
static void handle(sqlite3_context *context, int n, sqlite3_value **args) {
  (void)n, (void)args;
  sqlite3_result_int64(context, (int64_t)(intptr_t)sqlite3_user_data(context));
}

static int extend(sqlite3 *db, char **message, const void *api) {
  (void)message, (void)api;
  int rc = bulk_sums_open(db);
  bulk_source *source = rc == OK ? bulk_source_open(db, &rc) : 0;
  return source ? sqlite3_create_function(db, "claudewatch_handle", 0, UTF8 | DIRECTONLY, source, handle, 0, 0) : rc;
}

// bulk_register gives each connection that is opened from now on the function claudewatch_handle and the tables claudewatch_rows
// and claudewatch_sums.
int bulk_register(void) {
  // Nobody asks how much memory SQLite has in use, and to count it takes a lock for each piece. Where something else has begun to use
  // SQLite this changes nothing.
  sqlite3_config(MEMSTATUS, 0);
  return sqlite3_auto_extension((void (*)(void))extend);
}

int bulk_prepare(int64_t handle, const char *sql, int size, sqlite3_stmt **stmt, int *params) {
  int rc = sqlite3_prepare_v3(bulk_source_db((bulk_source *)(intptr_t)handle), sql, size, PERSISTENT, stmt, 0);
  if (rc == OK) *params = sqlite3_bind_parameter_count(*stmt);
  return rc;
}

void bulk_finalize(sqlite3_stmt *stmt) { sqlite3_finalize(stmt); }

const char *bulk_message(sqlite3_stmt *stmt) { return sqlite3_errmsg(sqlite3_db_handle(stmt)); }

static int noTransaction(sqlite3_stmt *stmt) {
  return sqlite3_get_autocommit(sqlite3_db_handle(stmt)) ? BULK_NO_TRANSACTION : OK;
}

// bind sets the statement's arguments from packed values and moves on behind them. A value is the byte of its type; a number follows
// in 8 bytes, a text or a blob in 4 bytes of length and its own.
static int bind(sqlite3_stmt *stmt, int params, const uint8_t **at, const uint8_t *end) {
  const uint8_t *p = *at;
  int rc = OK;
  for (int i = 1; i <= params && rc == OK; i++) {
    if (p >= end) return MISUSE;
    int type = *p++;
    uint32_t n;
    int64_t whole;
    double real;
    switch (type) {
    case NUL:
      rc = sqlite3_bind_null(stmt, i);
      break;
    case INTEGER:
      if (end - p < 8) return MISUSE;
      memcpy(&whole, p, 8), p += 8;
      rc = sqlite3_bind_int64(stmt, i, whole);
      break;
    case FLOAT:
      if (end - p < 8) return MISUSE;
      memcpy(&real, p, 8), p += 8;
      rc = sqlite3_bind_double(stmt, i, real);
      break;
    case TEXT:
    case BLOB:
      if (end - p < 4) return MISUSE;
      memcpy(&n, p, 4), p += 4;
      if ((size_t)(end - p) < n) return MISUSE;
      rc = type == TEXT ? sqlite3_bind_text64(stmt, i, (const char *)p, n, 0, UTF8) : sqlite3_bind_blob64(stmt, i, p, n, 0);
      p += n;
      break;
    default:
      return MISUSE;
    }
  }
  *at = p;
  return rc;
}

// bulk_exec runs the statement, which returns no rows, once for each packed row, and says how many bytes of them it has done. It stops
// before the first row that has an error, and outside of a transaction: what ran there would be committed by itself.
int bulk_exec(sqlite3_stmt *stmt, int params, const uint8_t *rows, size_t size, size_t *done) {
  const uint8_t *p = rows, *end = rows + size;
  int rc = noTransaction(stmt);
  while (rc == OK && p < end) {
    const uint8_t *next = p;
    rc = bind(stmt, params, &next, end);
    if (rc != OK) break;
    int step = sqlite3_step(stmt);
    rc = sqlite3_reset(stmt);
    if (rc != OK) rc = sqlite3_extended_errcode(sqlite3_db_handle(stmt));
    else if (step != DONE) rc = MISUSE;
    else p = next;
  }
  sqlite3_clear_bindings(stmt);
  *done = (size_t)(p - rows);
  return rc;
}

static int reserve(bulk_result *r, size_t n) {
  if (r->cap - r->len >= n) return OK;
  size_t cap = 2 * (r->len + n);
  uint8_t *bytes = realloc(r->bytes, cap);
  if (!bytes) return NOMEM;
  r->bytes = bytes, r->cap = cap;
  return OK;
}

// pack appends a column to the result in the form that bind takes.
static int pack(sqlite3_stmt *stmt, int column, bulk_result *r) {
  int type = sqlite3_column_type(stmt, column);
  if (reserve(r, 9) != OK) return NOMEM;
  r->bytes[r->len++] = (uint8_t)type;
  if (type == INTEGER) {
    int64_t n = sqlite3_column_int64(stmt, column);
    memcpy(r->bytes + r->len, &n, 8), r->len += 8;
  } else if (type == FLOAT) {
    double n = sqlite3_column_double(stmt, column);
    memcpy(r->bytes + r->len, &n, 8), r->len += 8;
  } else if (type != NUL) {
    const void *bytes = type == TEXT ? (const void *)sqlite3_column_text(stmt, column) : sqlite3_column_blob(stmt, column);
    uint32_t n = (uint32_t)sqlite3_column_bytes(stmt, column);
    if (reserve(r, 4 + (size_t)n) != OK) return NOMEM;
    memcpy(r->bytes + r->len, &n, 4), r->len += 4;
    if (n) memcpy(r->bytes + r->len, bytes, n);
    r->len += n;
  }
  return OK;
}

// bulk_query runs the statement once for each packed row of arguments and packs all rows that it returns, one behind the other.
int bulk_query(sqlite3_stmt *stmt, int params, const uint8_t *rows, size_t size, bulk_result *result) {
  const uint8_t *p = rows, *end = rows + size;
  int columns = sqlite3_column_count(stmt), rc = noTransaction(stmt);
  result->len = 0;
  while (rc == OK && p < end) {
    rc = bind(stmt, params, &p, end);
    while (rc == OK && sqlite3_step(stmt) == ROW)
      for (int i = 0; i < columns && rc == OK; i++) rc = pack(stmt, i, result);
    int reset = sqlite3_reset(stmt);
    if (rc == OK && reset != OK) rc = sqlite3_extended_errcode(sqlite3_db_handle(stmt));
  }
  sqlite3_clear_bindings(stmt);
  return rc;
}
