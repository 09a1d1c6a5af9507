-- "clwt": tells this file from another program's database.
PRAGMA application_id = 0x636c7774;

-- Totals and settings of the database as a whole.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;
INSERT INTO meta VALUES ('calls', 0), ('checks', 0), ('salt', randomblob(16));

-- Texts that many calls share. Two or more parts are joined by NUL.
CREATE TABLE names (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);

-- What calls are grouped by. '' is unknown.
CREATE TABLE scopes (
  id           INTEGER PRIMARY KEY,
  provider     TEXT NOT NULL,
  organization TEXT NOT NULL,
  workspace    TEXT NOT NULL,
  app          TEXT NOT NULL,
  model        TEXT NOT NULL,
  pool         TEXT NOT NULL,
  UNIQUE (provider, organization, workspace, app, model, pool)
);

-- One row per call. The id is the call's time in Unix milliseconds << 16 and a number that tells the calls of that millisecond
-- apart, so the table is in time order and needs no other index. NULL is unknown.
CREATE TABLE calls (
  id          INTEGER PRIMARY KEY,
  scope       INTEGER NOT NULL,
  user        INTEGER, -- names
  status      INTEGER,
  cause       INTEGER, -- names
  flags       INTEGER,
  input       INTEGER,
  output      INTEGER,
  cache_read  INTEGER,
  cache_write INTEGER, -- the total that the log gave, beside its parts
  write_5m    INTEGER,
  write_1h    INTEGER,
  duration,            -- whole microseconds where that is exact, else seconds as a REAL
  cost,                -- whole 1e-9 USD where that is exact, else USD as a REAL
  request_id,          -- bytes where the id is "req_" and base64url text, else the text
  message_id,          -- the same with "msg_"
  detail      BLOB     -- what few queries ask for; detail.go
);

-- What identifies a call: salted hashes of its ids, in partitions of one UTC day so that they are looked up and written close
-- to each other whatever the ids look like. Calls without a time of their own have slot -1. The call's id counts from that of the
-- day's first millisecond.
CREATE TABLE call_keys (
  slot INTEGER NOT NULL,
  key  INTEGER NOT NULL,
  call INTEGER NOT NULL,
  PRIMARY KEY (slot, key, call)
) WITHOUT ROWID;

-- Sums of calls by minute, and by hour and user. Sums are over what is known; measured, timed and priced say of how many
-- calls that is. '' and 0 in the key are unknown.
CREATE TABLE minutes (
  start          INTEGER NOT NULL, -- Unix time in minutes
  scope          INTEGER NOT NULL,
  user           INTEGER NOT NULL, -- always 0 here
  status         INTEGER NOT NULL,
  cause          TEXT NOT NULL,
  calls          INTEGER NOT NULL,
  rate_limited   INTEGER NOT NULL,
  overloaded     INTEGER NOT NULL,
  errors         INTEGER NOT NULL,
  retries        INTEGER NOT NULL,
  retry_delay    INTEGER NOT NULL, -- microseconds
  measured       INTEGER NOT NULL,
  input          INTEGER NOT NULL,
  output         INTEGER NOT NULL,
  cache_read     INTEGER NOT NULL,
  write_5m       INTEGER NOT NULL,
  write_1h       INTEGER NOT NULL,
  timed          INTEGER NOT NULL,
  duration       INTEGER NOT NULL, -- microseconds
  priced         INTEGER NOT NULL,
  cost           INTEGER NOT NULL, -- 1e-9 USD
  unpriced       INTEGER NOT NULL, -- tokens of calls without a cost
  PRIMARY KEY (start, scope, user, status, cause)
) WITHOUT ROWID;

CREATE TABLE hours (
  start          INTEGER NOT NULL, -- Unix time in hours
  scope          INTEGER NOT NULL,
  user           INTEGER NOT NULL, -- names
  status         INTEGER NOT NULL,
  cause          TEXT NOT NULL,
  calls          INTEGER NOT NULL,
  rate_limited   INTEGER NOT NULL,
  overloaded     INTEGER NOT NULL,
  errors         INTEGER NOT NULL,
  retries        INTEGER NOT NULL,
  retry_delay    INTEGER NOT NULL,
  measured       INTEGER NOT NULL,
  input          INTEGER NOT NULL,
  output         INTEGER NOT NULL,
  cache_read     INTEGER NOT NULL,
  write_5m       INTEGER NOT NULL,
  write_1h       INTEGER NOT NULL,
  timed          INTEGER NOT NULL,
  duration       INTEGER NOT NULL,
  priced         INTEGER NOT NULL,
  cost           INTEGER NOT NULL,
  unpriced       INTEGER NOT NULL,
  PRIMARY KEY (start, scope, user, status, cause)
) WITHOUT ROWID;

-- What the counters of the metrics stand at.
CREATE TABLE tallies (
  provider     TEXT NOT NULL,
  workspace    TEXT NOT NULL,
  app          TEXT NOT NULL,
  model        TEXT NOT NULL,
  status       INTEGER NOT NULL,
  error_type   TEXT NOT NULL,
  cause        TEXT NOT NULL,
  limiter      TEXT NOT NULL,
  calls        INTEGER NOT NULL,
  rate_limited INTEGER NOT NULL,
  overloaded   INTEGER NOT NULL,
  errors       INTEGER NOT NULL,
  retries      INTEGER NOT NULL,
  input        INTEGER NOT NULL,
  output       INTEGER NOT NULL,
  cache_read   INTEGER NOT NULL,
  write_5m     INTEGER NOT NULL,
  write_1h     INTEGER NOT NULL,
  retry_delay  REAL NOT NULL, -- seconds
  cost         REAL NOT NULL, -- USD
  PRIMARY KEY (provider, workspace, app, model, status, error_type, cause, limiter)
) WITHOUT ROWID;

-- The reading of each bucket with the largest reset, the newest of those. Times are Unix microseconds.
CREATE TABLE latest_readings (
  provider     TEXT NOT NULL,
  organization TEXT NOT NULL,
  workspace    TEXT NOT NULL,
  pool         TEXT NOT NULL,
  limiter      TEXT NOT NULL,
  max          INTEGER,
  remaining    INTEGER,
  utilization  REAL,
  status       TEXT NOT NULL,
  reset        INTEGER,
  at           INTEGER NOT NULL,
  server       INTEGER,
  PRIMARY KEY (provider, organization, workspace, pool, limiter)
) WITHOUT ROWID;

-- Where the sources have got to, and what became of their lines.
CREATE TABLE positions (
  id         TEXT PRIMARY KEY,
  source     TEXT NOT NULL,
  path       TEXT NOT NULL,
  device     INTEGER NOT NULL, -- the bits of an unsigned number
  inode      INTEGER NOT NULL, -- the same
  offset     INTEGER NOT NULL,
  size       INTEGER NOT NULL,
  head_size  INTEGER NOT NULL,
  head       BLOB,
  tail_hash  BLOB,
  state      BLOB,
  updated_at INTEGER
) WITHOUT ROWID;

CREATE TABLE line_counts (
  source TEXT NOT NULL,
  kind   TEXT NOT NULL,
  reason TEXT NOT NULL,
  n      INTEGER NOT NULL,
  sample TEXT NOT NULL,
  PRIMARY KEY (source, kind, reason)
) WITHOUT ROWID;

CREATE TABLE source_activity (
  source      TEXT PRIMARY KEY,
  calls       INTEGER NOT NULL,
  duplicates  INTEGER NOT NULL,
  historical  INTEGER NOT NULL,
  first       INTEGER, -- microseconds
  last        INTEGER,
  longest_gap INTEGER NOT NULL -- nanoseconds
) WITHOUT ROWID;

-- Alerts as they are, one per rule and set of labels; episodes as they are or ended; what each receiver was told of them.
CREATE TABLE alerts (
  fingerprint TEXT PRIMARY KEY,
  body        TEXT NOT NULL -- JSON
) WITHOUT ROWID;

CREATE TABLE episodes (
  episode     TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  rule        TEXT NOT NULL,
  fired_at    INTEGER,
  resolved_at INTEGER,
  body        TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX episodes_by_time ON episodes (fired_at);

CREATE TABLE deliveries (
  episode       TEXT NOT NULL,
  receiver      TEXT NOT NULL,
  fingerprint   TEXT NOT NULL,
  desired       INTEGER NOT NULL,
  delivered     INTEGER NOT NULL,
  channel       TEXT NOT NULL,
  message       TEXT NOT NULL,
  attempts      INTEGER NOT NULL,
  not_before    INTEGER,
  sending_since INTEGER,
  last_error    TEXT NOT NULL,
  dead          INTEGER NOT NULL,
  due_since     INTEGER NOT NULL,
  updated_at    INTEGER,
  PRIMARY KEY (episode, receiver)
) WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (due_since) WHERE desired > delivered AND dead = 0;
