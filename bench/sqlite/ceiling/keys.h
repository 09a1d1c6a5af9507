// The keys of ceiling.c in runs, as the store keeps them.

static int compareEntries(const void *a, const void *b) {
  const Entry *x = a, *y = b;
  ORDER(hash);
  ORDER(call);
  return 0;
}

static Entry entryAt(const unsigned char *b) {
  Entry e = {0, 0};
  for (int i = 0; i < HASH; i++) e.hash = e.hash << 8 | b[i];
  for (int i = HASH; i < ENTRY; i++) e.call = e.call << 8 | b[i];
  return e;
}

static void putEntry(unsigned char *b, Entry e) {
  for (int i = HASH - 1; i >= 0; i--, e.hash >>= 8) b[i] = (unsigned char)e.hash;
  for (int i = ENTRY - 1; i >= HASH; i--, e.call >>= 8) b[i] = (unsigned char)e.call;
}

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

static int depthOf(sqlite3_int64 node) { return (63 - __builtin_clzll((unsigned long long)node)) / TIER_BITS; }

static void writeRun(sqlite3_int64 slot, sqlite3_int64 node, const Entry *entries, size_t n) {
  static unsigned char block[64 * PART_KEYS * ENTRY];
  if (n == 0) return;
  runs = grow(runs, nruns, sizeof *runs);
  Run *r = &runs[nruns++];
  *r = (Run){++lastRun, slot, (sqlite3_int64)n, ((sqlite3_int64)n + PART_KEYS - 1) / PART_KEYS, node};
  int depth = TIER_BITS * depthOf(node);
  for (sqlite3_int64 part = 0, i = 0; part < r->parts; part++) {
    int size = 0;
    for (; i < r->keys && (sqlite3_int64)((entries[i].hash << depth & 0xffffffff) * (sqlite3_uint64)r->parts >> 32) == part; i++, size += ENTRY)
      putEntry(block + size, entries[i]);
    sqlite3_bind_int64(insertBlock, 1, r->id << PART_SHIFT | part);
    sqlite3_bind_blob(insertBlock, 2, block, size, SQLITE_STATIC);
    step(insertBlock);
  }
  sqlite3_int64 row[] = {r->id, slot, r->keys, r->parts, node, FORM};
  for (int i = 0; i < 6; i++) sqlite3_bind_int64(insertRun, i + 1, row[i]);
  step(insertRun);
}

// sink writes entries to a node, or to those below it when they are too many.
static void sink(sqlite3_int64 slot, sqlite3_int64 node, const Entry *entries, size_t n) {
  if (n <= MAX_RUN) {
    writeRun(slot, node, entries, n);
    return;
  }
  int shift = 32 - TIER_BITS * (depthOf(node) + 1);
  for (sqlite3_uint64 digit = 0; digit < FAN_OUT; digit++) {
    size_t of = 0;
    while (of < n && (entries[of].hash >> shift & (FAN_OUT - 1)) == digit) of++;
    sink(slot, node << TIER_BITS | (sqlite3_int64)digit, entries, of);
    entries += of, n -= of;
  }
}

// mergeRuns takes out the runs of a node's tier and returns them merged with some entries, which are freed.
static Entry *mergeRuns(sqlite3_int64 slot, sqlite3_int64 node, int t, Entry *all, size_t *n) {
  size_t left = 0;
  for (size_t i = 0; i < nruns; i++) {
    if (runs[i].slot != slot || runs[i].node != node || tier(runs[i].keys) != t) {
      runs[left++] = runs[i];
      continue;
    }
    Entry *other = takeRun(&runs[i]);
    all = merge(all, *n, other, (size_t)runs[i].keys);
    *n += (size_t)runs[i].keys;
    free(other);
  }
  nruns = left;
  return all;
}

// countRuns counts the runs of a node's tier among the first so many.
static int countRuns(sqlite3_int64 slot, sqlite3_int64 node, int t, size_t of) {
  int n = 0;
  for (size_t i = 0; i < of; i++) n += runs[i].slot == slot && runs[i].node == node && tier(runs[i].keys) == t;
  return n;
}

// saveKeys writes the keys of a partition as a run, merged with those that are due.
static void saveKeys(sqlite3_int64 slot, const Key *of, size_t n) {
  Entry *all = malloc(n * sizeof *all);
  if (!all) exit(1);
  sqlite3_int64 budget = 2 * (sqlite3_int64)n;
  for (size_t i = 0; i < n; i++) all[i] = of[i].entry;
  qsort(all, n, sizeof *all, compareEntries);
  while (n <= MAX_RUN && countRuns(slot, ROOT, tier((sqlite3_int64)n), nruns) >= FAN_OUT - 1)
    all = mergeRuns(slot, ROOT, tier((sqlite3_int64)n), all, &n);
  sink(slot, ROOT, all, n);
  free(all);
  for (size_t i = 0; i < nruns && budget > 0; i++) {
    Run r = runs[i];
    if (r.slot != slot || r.node == ROOT || countRuns(slot, r.node, tier(r.keys), i + 1) < FAN_OUT) continue;
    all = malloc(sizeof *all), n = 0;
    if (!all) exit(1);
    all = mergeRuns(slot, r.node, tier(r.keys), all, &n);
    sink(slot, r.node, all, n);
    free(all);
    budget -= (sqlite3_int64)n + 1, i = (size_t)-1;
  }
}
