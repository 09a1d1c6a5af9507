// What the store calls in C: statements of SQLite that run over many rows at a time.
#include <stddef.h>
#include <stdint.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

// bulk_result is where rows are packed into; the memory is the caller's to free.
typedef struct {
  uint8_t *bytes;
  size_t len, cap;
} bulk_result;

// BULK_NO_TRANSACTION is what bulk_exec and bulk_query return when there is no transaction. It is none of SQLite's codes.
#define BULK_NO_TRANSACTION (-1)

// bulk_source is what a connection reads packed rows from.
typedef struct bulk_source bulk_source;

int bulk_register(void);
bulk_source *bulk_source_open(sqlite3 *db, int *rc);
sqlite3 *bulk_source_db(bulk_source *source);
int bulk_sums_open(sqlite3 *db);
int bulk_prepare(int64_t handle, const char *sql, int size, sqlite3_stmt **stmt, int *params);
void bulk_finalize(sqlite3_stmt *stmt);
int bulk_exec(sqlite3_stmt *stmt, int params, const uint8_t *rows, size_t size, size_t *done);
int bulk_insert(int64_t handle, sqlite3_stmt *stmt, int columns, const uint8_t *rows, size_t size, size_t *done);
int bulk_query(sqlite3_stmt *stmt, int params, const uint8_t *rows, size_t size, bulk_result *result);
const char *bulk_message(sqlite3_stmt *stmt);
