-- What identifies a call, as 0001 says of call_keys, but in runs: sorted sets of keys, each written once and later merged with others,
-- so that a commit writes a few pages whatever the ids look like.
CREATE TABLE key_runs (
  id    INTEGER PRIMARY KEY,
  slot  INTEGER NOT NULL,
  keys  INTEGER NOT NULL, -- how many
  parts INTEGER NOT NULL  -- of how many blocks
);

-- A run's blocks have the ids run << 20 and up: block i of n has the keys whose hash is in the i-th of n equal parts of all hashes. A
-- key is the first 5 bytes of the hash and 6 bytes of the call's id, relative to the slot and doubled, 8 bytes in slot -1. The id is one
-- more where the key was taken from that call.
CREATE TABLE key_blocks (
  id   INTEGER PRIMARY KEY,
  keys BLOB NOT NULL
);

INSERT INTO key_runs (slot, keys, parts) SELECT slot, count(*), (count(*) + 329) / 330 FROM call_keys GROUP BY slot ORDER BY slot;

INSERT INTO key_blocks (id, keys)
SELECT run << 20 | part, unhex(group_concat(printf('%010X', hash) || printf(iif(slot < 0, '%016X', '%012X'), call * 2), '' ORDER BY hash, call))
FROM (
  SELECT r.id AS run, r.slot AS slot, k.call AS call, k.key >> 24 & 0xffffffffff AS hash, (k.key >> 24 & 0xffffffffff) * r.parts >> 40 AS part
  FROM call_keys k JOIN key_runs r ON r.slot = k.slot
)
GROUP BY run, part ORDER BY run, part;

DROP TABLE call_keys;
