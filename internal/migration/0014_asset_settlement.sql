-- +goose Up
-- A person has settled that the value shown stands although a source says otherwise.
-- It holds for that statement of the source (fact_ms is its first_ms): what the source
-- says anew is a new contradiction.
CREATE TABLE asset_settlement (
  asset_id    TEXT NOT NULL,
  field       TEXT NOT NULL,
  source      TEXT NOT NULL,            -- who says otherwise
  fact_ms     BIGINT NOT NULL,
  value       TEXT NOT NULL,            -- what it says
  kept_source TEXT NOT NULL,
  kept_value  TEXT NOT NULL,            -- what was shown
  by_name     TEXT NOT NULL,
  first_ms    BIGINT NOT NULL,
  gone_ms     BIGINT,                   -- settled anew
  PRIMARY KEY (asset_id, field, source, first_ms)
);
ALTER TABLE asset_fact ADD COLUMN gone_by TEXT NOT NULL DEFAULT ''; -- person who took the value away
