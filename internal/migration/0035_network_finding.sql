-- +goose Up
-- What a person said belongs into a segment: words of asset.Kind, comma between; empty =
-- nobody said.
ALTER TABLE network_segment ADD COLUMN kinds TEXT NOT NULL DEFAULT '';
-- Findings about the network that a person put aside. One comes back when its facts are
-- others than those that were seen then, and after its day.
CREATE TABLE network_aside (
  id          TEXT PRIMARY KEY,
  facility_id TEXT NOT NULL,
  finding_key TEXT NOT NULL,            -- network.Finding.Key
  facts       TEXT NOT NULL,            -- network.Finding.Facts
  reason      TEXT NOT NULL,
  until_ms    BIGINT NOT NULL,
  by_name     TEXT NOT NULL,
  at_ms       BIGINT NOT NULL,
  ended_ms    BIGINT                    -- NULL = in force
);
CREATE UNIQUE INDEX network_aside_open ON network_aside (facility_id, finding_key) WHERE ended_ms IS NULL;
