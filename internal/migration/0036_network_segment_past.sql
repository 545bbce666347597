-- +goose Up
-- Who said what a segment is, since when and who ended it; what it was before stands in a
-- table of its own, so that a past day shows what was said on it.
ALTER TABLE network_segment ADD COLUMN by_name TEXT NOT NULL DEFAULT '';
ALTER TABLE network_segment ADD COLUMN from_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE network_segment ADD COLUMN ended_by TEXT NOT NULL DEFAULT '';
UPDATE network_segment SET from_ms = created_ms;
CREATE TABLE network_segment_past (
  id          TEXT NOT NULL,            -- of the segment
  revision    BIGINT NOT NULL,
  facility_id TEXT NOT NULL,
  cidr        TEXT NOT NULL,
  low_key     TEXT NOT NULL,
  high_key    TEXT NOT NULL,
  name        TEXT NOT NULL,
  vlan        BIGINT NOT NULL,
  purpose     TEXT NOT NULL,
  note        TEXT NOT NULL,
  kinds       TEXT NOT NULL,
  by_name     TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,
  from_ms     BIGINT NOT NULL,
  until_ms    BIGINT NOT NULL,
  PRIMARY KEY (id, revision)
);
CREATE INDEX network_segment_past_facility ON network_segment_past (facility_id, from_ms);
