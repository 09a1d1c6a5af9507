// The sums of ceiling.c by minute, hour and day, with their sketches, as the store keeps them.

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

// gather makes the sums of a batch, in the order of rows.
static void gather(const Table *t, const Call *batch, size_t n, Sum *sums) {
  for (size_t i = 0; i < n; i++) sums[i] = sumOf(&batch[i], t), sums[i].call = i;
  qsort(sums, n, sizeof *sums, compareCalls);
}

// rowEnd returns where the sums of the row at an index end.
static size_t rowEnd(const Sum *sums, size_t i, size_t n) {
  size_t next = i;
  while (next < n && !compareSums(&sums[i], &sums[next])) next++;
  return next;
}

// putBins appends the bins of some sums to a sketch, which then has one part more.
static void putBins(Row *r, const Sum *sums, size_t n) {
  put(r, STEPS);
  putNumber(r, (unsigned)n);
  for (size_t k = 0; k < n; k++) putStep(r, sums[k].bin - (k > 0 ? sums[k - 1].bin : 0));
}

// writeRow writes a row of a table.
static void writeRow(sqlite3_stmt *to, const Table *t, const Row *r) {
  int at = 0;
  sqlite3_bind_int64(to, ++at, r->sum.start);
  sqlite3_bind_int64(to, ++at, r->sum.scope);
  if (t->user) sqlite3_bind_int64(to, ++at, r->sum.user);
  sqlite3_bind_int64(to, ++at, r->sum.status);
  for (int k = 0; k < SUMS; k++) sqlite3_bind_int64(to, ++at, r->sum.sums[k]);
  if (t->hasSketch) sqlite3_bind_blob(to, ++at, r->sketch, r->len, SQLITE_STATIC);
  step(to);
}

// saveRows writes the rows of a table that sums change, as they are then.
static void saveRows(Table *t, const Sum *sums, size_t n) {
  for (size_t i = 0, next; i < n; i = next) {
    Row *r = rowOf(t, &sums[i]);
    next = rowEnd(sums, i, n);
    for (size_t k = i; k < next; k++)
      for (int c = 0; c < SUMS; c++) r->sum.sums[c] += sums[k].sums[c];
    if (t->hasSketch) {
      putBins(r, &sums[i], next - i);
      if (r->len > 2 * r->compact + LOOSE) compact(r);
    }
    writeRow(t->put, t, r);
  }
}

static void saveSums(Table *t, const Call *batch, size_t n, Sum *sums) {
  gather(t, batch, n, sums);
  saveRows(t, sums, n);
}

// What small transactions add to days waits in parts, as store/rollup_parts.go says.
enum { PART_ROWS = 256, WAITING_MOST = 16384, CALLS_OF_ONE = 1 << 20 };
static Sum *waiting;
static size_t nwaiting, waitingRows, transactions;

// saveParts writes what a batch alone adds.
static void saveParts(Table *t, sqlite3_stmt *to, const Sum *sums, size_t n) {
  static Row part;
  for (size_t i = 0, next; i < n; i = next) {
    next = rowEnd(sums, i, n);
    part.sum = sums[i], part.len = 0;
    for (size_t k = i + 1; k < next; k++)
      for (int c = 0; c < SUMS; c++) part.sum.sums[c] += sums[k].sums[c];
    putBins(&part, &sums[i], next - i);
    writeRow(to, t, &part);
  }
}

static void saveDays(Table *t, sqlite3_stmt *part, sqlite3_stmt *deleteParts, const Call *batch, size_t n, Sum *sums) {
  size_t rows = 0;
  gather(t, batch, n, sums);
  for (size_t i = 0; i < n; i = rowEnd(sums, i, n)) rows++;
  if (rows > PART_ROWS && waitingRows == 0) {
    saveRows(t, sums, n);
    return;
  }
  transactions++;
  for (size_t i = 0; i < n; i++) { // the latest transaction's first, the earliest of its calls first
    waiting = grow(waiting, nwaiting, sizeof *waiting);
    waiting[nwaiting] = sums[i];
    waiting[nwaiting++].call = transactions * CALLS_OF_ONE + (CALLS_OF_ONE - 1 - sums[i].call);
  }
  if (rows <= PART_ROWS && waitingRows + rows <= WAITING_MOST) {
    saveParts(t, part, sums, n);
    waitingRows += rows;
    return;
  }
  qsort(waiting, nwaiting, sizeof *waiting, compareCalls);
  saveRows(t, waiting, nwaiting);
  step(deleteParts);
  free(waiting);
  waiting = 0, nwaiting = waitingRows = 0;
}

#define PUT(table, user, mark, sketch, sketchMark) "INSERT OR REPLACE INTO " table " (start, scope, " user "status, cause, calls, rate_limited," \
  " overloaded, errors, retries, retry_delay, measured, input, output, cache_read, write_5m, write_1h, timed, duration, priced, cost, unpriced" \
  sketch ") VALUES (?, ?, " mark "?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?" sketchMark ")"
