-- +goose Up
-- What a person said about a line of the queue, so that nobody is asked twice.
ALTER TABLE asset_conflict ADD COLUMN outcome TEXT NOT NULL DEFAULT '';   -- same, different; empty = closed with a note
ALTER TABLE asset_conflict ADD COLUMN agreed TEXT NOT NULL DEFAULT '';    -- keys that both had then, one a line
ALTER TABLE asset_conflict ADD COLUMN later_ms BIGINT NOT NULL DEFAULT 0; -- put aside until then
-- When the source first said so, where that was in another row of the ledger; 0 = first_ms.
ALTER TABLE asset_fact ADD COLUMN since_ms BIGINT NOT NULL DEFAULT 0;
-- Rows of the ledger that were found to be one machine, or two.
CREATE TABLE asset_merge (
  id           TEXT PRIMARY KEY,
  kind         TEXT NOT NULL,               -- merge, split
  kept_id      TEXT NOT NULL,               -- row that stays
  gone_id      TEXT NOT NULL,               -- merge: row that went into it; split: row that came out of it
  gone_name    TEXT NOT NULL,
  facility_id  TEXT NOT NULL,
  created_ms   BIGINT NOT NULL,             -- of the gone row, as in asset_asset
  last_seen_ms BIGINT NOT NULL,
  last_source  TEXT NOT NULL,
  note         TEXT NOT NULL,
  by_name      TEXT NOT NULL,
  at_ms        BIGINT NOT NULL,
  journal      BYTEA NOT NULL,              -- every row that changed, as it was and as it became; gzip of JSON
  undone_ms    BIGINT,
  undone_by    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX asset_merge_kept ON asset_merge (kept_id);
CREATE INDEX asset_merge_gone ON asset_merge (gone_id);
-- What waits for a person: every page shows how many.
CREATE INDEX asset_conflict_waiting ON asset_conflict (later_ms, asset_id) WHERE closed_ms IS NULL;
