-- What transactions add to sums by day waits in blocks, one for each transaction, instead of in rows (0006). What waits in rows is added to
-- the day's own.
INSERT OR REPLACE INTO day_rows
SELECT start, scope, user, status, cause, sum(calls), sum(rate_limited), sum(overloaded), sum(errors), sum(retries), sum(retry_delay),
  sum(measured), sum(input), sum(output), sum(cache_read), sum(write_5m), sum(write_1h), sum(timed), sum(duration), sum(priced), sum(cost),
  sum(unpriced), nullif(unhex(group_concat(hex(sketch), '')), x'')
FROM (
  SELECT * FROM day_parts
  UNION ALL
  SELECT r.* FROM (SELECT DISTINCT start, scope, user, status, cause FROM day_parts) p CROSS JOIN day_rows r
  ON r.start = p.start AND r.scope = p.scope AND r.user = p.user AND r.status = p.status AND r.cause = p.cause
)
GROUP BY start, scope, user, status, cause ORDER BY start, scope, user, status, cause;

DROP VIEW days;
DROP TABLE day_parts;

-- What a block is, rollup_block.go says: columns of day_rows, packed. Rows of the same key add up.
CREATE TABLE day_blocks (
  id    INTEGER PRIMARY KEY,
  parts INTEGER NOT NULL, -- how many rows it has
  sums  BLOB NOT NULL
);

-- The sums by day are both together. claudewatch_sums is the program's own and unpacks a block.
CREATE VIEW days AS SELECT * FROM day_rows UNION ALL SELECT s.* FROM day_blocks b CROSS JOIN claudewatch_sums(b.sums) s;
