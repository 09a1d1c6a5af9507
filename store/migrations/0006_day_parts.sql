-- What small transactions add to sums by day waits here: rows of one transaction stand together, while those of as many users lie on as
-- many pages. Rows of the same key add up; many at once are added to the day's own rows.
CREATE TABLE day_parts (
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
  sketch         BLOB
);

ALTER TABLE days RENAME TO day_rows;

-- The sums by day are both together.
CREATE VIEW days AS SELECT * FROM day_rows UNION ALL SELECT * FROM day_parts;
