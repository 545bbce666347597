-- +goose Up
-- Whom a run asks right now: written before the first packet goes, gone when what was sent
-- is in network_scan_sent. What a server that died left here may have been sent.
CREATE TABLE network_scan_ahead (
  run_id        TEXT NOT NULL,
  seq           BIGINT NOT NULL,        -- place of the first address in the run; below 0: a station on the way
  number        BIGINT NOT NULL,        -- how many addresses follow one another
  facility_id   TEXT NOT NULL,
  from_address  TEXT NOT NULL,
  to_address    TEXT NOT NULL,
  at_ms         BIGINT NOT NULL,
  PRIMARY KEY (run_id, seq)
);
CREATE INDEX network_scan_ahead_facility ON network_scan_ahead (facility_id);
