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

static void putNumber(Row *r, sqlite3_uint64 n) {
  for (; n >= 0x80; n >>= 7) put(r, (int)(n & 0x7f) | 0x80);
  put(r, (int)n);
}

static void putStep(Row *r, sqlite3_int64 n) { putNumber(r, (sqlite3_uint64)n << 1 ^ (sqlite3_uint64)(n >> 63)); }

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
  int low = BINS, high = 0;
  for (const unsigned char *b = r->sketch, *end = b + r->len; b < end;) {
    int flag = *b++, bin = BIN0;
    for (unsigned n = takeNumber(&b); n > 0; n--) {
      unsigned step = takeNumber(&b);
      bin += (int)(step >> 1) ^ -(int)(step & 1);
      counts[bin] += flag == COUNTS ? takeCount(&b) : 1;
      low = bin < low ? bin : low, high = bin >= high ? bin + 1 : high;
    }
  }
  int bins = 0, single = 1, last = BIN0;
  for (int i = low; i < high; i++) bins += counts[i] > 0, single &= counts[i] < 2;
  r->len = 0;
  put(r, single ? STEPS : COUNTS);
  putNumber(r, (unsigned)bins);
  for (int i = low; i < high; i++) {
    if (!counts[i]) continue;
    putStep(r, i - last), last = i;
    if (!single) putCount(r, counts[i]);
    counts[i] = 0;
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
      if (t->blocks || r->len > 2 * r->compact + LOOSE) compact(r);
    }
    writeRow(t->put, t, r);
  }
}

static void saveSums(Table *t, const Call *batch, size_t n, Sum *sums) {
  gather(t, batch, n, sums);
  saveRows(t, sums, n);
}

// What transactions add to days waits in blocks, as store/rollup_days.go and store/rollup_block.go say.
enum { WAITING_MOST = 32768, BLOCKS_MOST = 4096, ROWS_OF_MERGED = 1024 };
typedef struct { Row bytes; Sum last; sqlite3_uint64 mask; size_t rows; } Block;
static sqlite3_stmt *appendDays, *insertDays, *deleteDay, *deleteDays;
static Sum *waiting, *merged;
static size_t nwaiting, waitingParts, waitingBlocks, nmerged, *mergedFrom; // where each merged block begins, and where the last ends

// putPart appends what a row gains to a block.
static void putPart(Block *b, const Sum *s, const Row *sketch) {
  putStep(&b->bytes, s->start - b->last.start);
  putStep(&b->bytes, s->scope - b->last.scope);
  putStep(&b->bytes, s->user - b->last.user);
  putStep(&b->bytes, s->status - b->last.status);
  putNumber(&b->bytes, 0); // no cause
  sqlite3_uint64 mask = 1 << SUMS;
  for (int c = 0; c < SUMS; c++) mask |= (sqlite3_uint64)(s->sums[c] != 0) << c;
  putNumber(&b->bytes, mask ^ b->mask);
  for (int c = 0; c < SUMS; c++)
    if (s->sums[c]) putStep(&b->bytes, s->sums[c]);
  putNumber(&b->bytes, (sqlite3_uint64)sketch->len);
  for (int i = 0; i < sketch->len; i++) put(&b->bytes, sketch->sketch[i]);
  b->last = *s, b->mask = mask, b->rows++;
}

// putRows makes a block of at most so many rows, and returns how many sums these are.
static size_t putRows(Block *b, size_t most, const Sum *sums, size_t n) {
  static Row sketch;
  b->bytes.len = 0, b->last = (Sum){0}, b->mask = 0, b->rows = 0;
  size_t i = 0;
  for (size_t next; i < n && b->rows < most; i = next) {
    next = rowEnd(sums, i, n);
    Sum s = sums[i];
    for (size_t k = i + 1; k < next; k++)
      for (int c = 0; c < SUMS; c++) s.sums[c] += sums[k].sums[c];
    sketch.len = 0;
    putBins(&sketch, &sums[i], next - i);
    if (next > i + 1) compact(&sketch);
    putPart(b, &s, &sketch);
  }
  return i;
}

static void writeBlock(sqlite3_stmt *to, int at, const Block *b) {
  sqlite3_bind_int64(to, at, (sqlite3_int64)b->rows);
  sqlite3_bind_blob(to, at + 1, b->bytes.sketch, b->bytes.len, SQLITE_STATIC);
  step(to);
}

static void appendWaiting(const Sum *sums, size_t n) {
  for (size_t i = 0; i < n; i++) {
    waiting = grow(waiting, nwaiting, sizeof *waiting);
    waiting[nwaiting++] = sums[i];
  }
}

// settleAll adds all that waits to the rows.
static void settleAll(Table *t) {
  if (nmerged > 0) appendWaiting(merged, mergedFrom[nmerged]);
  qsort(waiting, nwaiting, sizeof *waiting, compareSums);
  step(deleteDays);
  saveRows(t, waiting, nwaiting);
  nmerged = 0;
}

// mergeBlocks makes merged blocks of all that wait.
static void mergeBlocks(Block *b) {
  qsort(waiting, nwaiting, sizeof *waiting, compareSums);
  step(deleteDays);
  free(merged), free(mergedFrom);
  merged = waiting, waiting = 0, mergedFrom = malloc((nwaiting / ROWS_OF_MERGED + 2) * sizeof *mergedFrom);
  if (!mergedFrom) exit(1);
  mergedFrom[0] = 0;
  while (mergedFrom[nmerged] < nwaiting) {
    size_t from = mergedFrom[nmerged];
    mergedFrom[nmerged + 1] = from + putRows(b, ROWS_OF_MERGED, &merged[from], nwaiting - from);
    sqlite3_bind_int64(insertDays, 1, -(sqlite3_int64)++nmerged);
    writeBlock(insertDays, 2, b);
  }
}

static void saveDays(Table *t, const Call *batch, size_t n, Sum *sums) {
  static Block block;
  gather(t, batch, n, sums);
  putRows(&block, n, sums, n);
  writeBlock(appendDays, 1, &block);
  appendWaiting(sums, n);
  waitingBlocks++, waitingParts += block.rows;
  if (waitingBlocks > BLOCKS_MOST || waitingParts > WAITING_MOST) {
    if (nmerged > 0) settleAll(t);
    else mergeBlocks(&block);
    free(waiting);
    waiting = 0, nwaiting = waitingParts = waitingBlocks = 0;
  } else if (nmerged > 0) {
    sqlite3_bind_int64(deleteDay, 1, -(sqlite3_int64)nmerged--);
    step(deleteDay);
    saveRows(t, &merged[mergedFrom[nmerged]], mergedFrom[nmerged + 1] - mergedFrom[nmerged]);
  }
}

#define PUT(table, user, mark, sketch, sketchMark) "INSERT OR REPLACE INTO " table " (start, scope, " user "status, cause, calls, rate_limited," \
  " overloaded, errors, retries, retry_delay, measured, input, output, cache_read, write_5m, write_1h, timed, duration, priced, cost, unpriced" \
  sketch ") VALUES (?, ?, " mark "?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?" sketchMark ")"
