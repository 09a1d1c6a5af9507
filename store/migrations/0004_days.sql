-- Sums by hour no longer tell users apart: sums by UTC day do. Both hold how long calls took, as a sketch (sketch.go) that gives every
-- quantile within 2 %; NULL where none is known, as for all calls from before this version.
CREATE TABLE days (
  start          INTEGER NOT NULL, -- Unix time in days
  scope          INTEGER NOT NULL,
  user           INTEGER NOT NULL, -- names; 0 is unknown
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
  sketch         BLOB,
  PRIMARY KEY (start, scope, user, status, cause)
) WITHOUT ROWID;

INSERT INTO days (start, scope, user, status, cause, calls, rate_limited, overloaded, errors, retries, retry_delay, measured, input, output,
  cache_read, write_5m, write_1h, timed, duration, priced, cost, unpriced)
SELECT start / 24 AS day, scope, user, status, cause, sum(calls), sum(rate_limited), sum(overloaded), sum(errors), sum(retries),
  sum(retry_delay), sum(measured), sum(input), sum(output), sum(cache_read), sum(write_5m), sum(write_1h), sum(timed), sum(duration),
  sum(priced), sum(cost), sum(unpriced)
FROM hours GROUP BY day, scope, user, status, cause ORDER BY day, scope, user, status, cause;

CREATE TABLE hours_of_all (
  start          INTEGER NOT NULL, -- Unix time in hours
  scope          INTEGER NOT NULL,
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
  sketch         BLOB,
  PRIMARY KEY (start, scope, status, cause)
) WITHOUT ROWID;

INSERT INTO hours_of_all (start, scope, status, cause, calls, rate_limited, overloaded, errors, retries, retry_delay, measured, input, output,
  cache_read, write_5m, write_1h, timed, duration, priced, cost, unpriced)
SELECT start, scope, status, cause, sum(calls), sum(rate_limited), sum(overloaded), sum(errors), sum(retries), sum(retry_delay),
  sum(measured), sum(input), sum(output), sum(cache_read), sum(write_5m), sum(write_1h), sum(timed), sum(duration), sum(priced), sum(cost),
  sum(unpriced)
FROM hours GROUP BY start, scope, status, cause ORDER BY start, scope, status, cause;

DROP TABLE hours;
ALTER TABLE hours_of_all RENAME TO hours;

-- Tokens of calls without a cost.
ALTER TABLE tallies ADD COLUMN unpriced INTEGER NOT NULL DEFAULT 0;
