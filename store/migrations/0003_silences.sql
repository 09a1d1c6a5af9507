-- What receivers were told, and when: for reminders, for the budget of a channel and for the space between edits.
ALTER TABLE deliveries ADD COLUMN rolled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN told TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN posted_at INTEGER;
ALTER TABLE deliveries ADD COLUMN reminded_at INTEGER;
CREATE INDEX deliveries_lately ON deliveries (updated_at);

-- Mutes of alerts. One that was ended early has its end there.
CREATE TABLE silences (
  id         TEXT PRIMARY KEY,
  matchers   TEXT NOT NULL, -- JSON
  starts_at  INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  author     TEXT NOT NULL,
  comment    TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX silences_by_end ON silences (ends_at);

-- Until when each receiver was told of the day.
CREATE TABLE digests (
  receiver TEXT PRIMARY KEY,
  until    INTEGER NOT NULL
) WITHOUT ROWID;
