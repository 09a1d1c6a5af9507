// What tables in C need of SQLite, where it is public and fixed. SQLite itself is the driver's, see bulk.c.
#include <stddef.h>
#include <stdint.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_value sqlite3_value;
typedef struct sqlite3_module sqlite3_module;

typedef struct sqlite3_index_info {
  int constraints;
  struct {
    int column;
    unsigned char op, usable;
    int offset;
  } *constraint;
  int orders;
  struct {
    int column;
    unsigned char descending;
  } *order;
  struct {
    int arg;
    unsigned char omit;
  } *usage;
  int number;
  char *text;
  int freeText, ordered;
  double cost;
  int64_t rows;
  int flags;
  uint64_t columns;
} sqlite3_index_info;

typedef struct sqlite3_vtab {
  const sqlite3_module *module;
  int refs;
  char *message;
} sqlite3_vtab;

typedef struct sqlite3_vtab_cursor {
  sqlite3_vtab *vtab;
} sqlite3_vtab_cursor;

struct sqlite3_module {
  int version;
  int (*create)(sqlite3 *, void *, int, const char *const *, sqlite3_vtab **, char **);
  int (*connect)(sqlite3 *, void *, int, const char *const *, sqlite3_vtab **, char **);
  int (*bestIndex)(sqlite3_vtab *, sqlite3_index_info *);
  int (*disconnect)(sqlite3_vtab *);
  int (*destroy)(sqlite3_vtab *);
  int (*open)(sqlite3_vtab *, sqlite3_vtab_cursor **);
  int (*close)(sqlite3_vtab_cursor *);
  int (*filter)(sqlite3_vtab_cursor *, int, const char *, int, sqlite3_value **);
  int (*next)(sqlite3_vtab_cursor *);
  int (*eof)(sqlite3_vtab_cursor *);
  int (*column)(sqlite3_vtab_cursor *, sqlite3_context *, int);
  int (*rowid)(sqlite3_vtab_cursor *, int64_t *);
  void (*rest[13])(void); // what a table that is only read has none of
};

#define API extern __attribute__((weak))
API int sqlite3_create_module_v2(sqlite3 *, const char *, const sqlite3_module *, void *, void (*)(void *));
API int sqlite3_declare_vtab(sqlite3 *, const char *);
API void sqlite3_result_blob64(sqlite3_context *, const void *, uint64_t, void (*)(void *));
API void sqlite3_result_double(sqlite3_context *, double);
API void sqlite3_result_int64(sqlite3_context *, int64_t);
API void sqlite3_result_text64(sqlite3_context *, const char *, uint64_t, void (*)(void *), unsigned char);
API const void *sqlite3_value_blob(sqlite3_value *);
API int sqlite3_value_bytes(sqlite3_value *);
API int64_t sqlite3_value_int64(sqlite3_value *);
API int sqlite3_value_type(sqlite3_value *);
API int sqlite3_vtab_config(sqlite3 *, int, ...);
