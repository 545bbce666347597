-- +goose Up
-- Lists from files, taken into the ledger as one import each.
CREATE TABLE intake_import (
  id             TEXT PRIMARY KEY,
  facility_id    TEXT NOT NULL,
  file_name      TEXT NOT NULL,
  blob_id        TEXT NOT NULL,
  sha256         TEXT NOT NULL,
  size_bytes     BIGINT NOT NULL,
  sheet          TEXT NOT NULL,           -- of Excel; empty = the first with something in it
  columns        TEXT NOT NULL,           -- JSON: one field a heading, "" = left out
  without_number BOOLEAN NOT NULL,        -- rows without a number become new assets
  state          TEXT NOT NULL,           -- draft, running, done, undoing, undone
  by_id          TEXT NOT NULL,
  by_name        TEXT NOT NULL,
  created_ms     BIGINT NOT NULL,
  started_ms     BIGINT NOT NULL,         -- 0 = not yet
  finished_ms    BIGINT NOT NULL,         -- 0 = not yet
  undone_ms      BIGINT NOT NULL,         -- 0 = not taken back
  undone_by      TEXT NOT NULL,
  next_row       BIGINT NOT NULL,         -- rows of the list done, or of intake_row taken back
  rows_total     BIGINT NOT NULL,
  counts         TEXT NOT NULL            -- JSON: what became of the rows
);
CREATE INDEX intake_import_facility ON intake_import (facility_id, id);
-- What became of each row.
CREATE TABLE intake_row (
  import_id   TEXT NOT NULL,
  row_no      BIGINT NOT NULL,
  asset_id    TEXT NOT NULL,              -- empty when refused
  name        TEXT NOT NULL,
  outcome     TEXT NOT NULL,              -- create, change, same, refuse
  contradicts BOOLEAN NOT NULL,
  problem     TEXT NOT NULL,              -- JSON; empty = none
  taken_back  TEXT NOT NULL,              -- removed, back, kept, gone; empty = not taken back
  PRIMARY KEY (import_id, row_no)
);
CREATE INDEX intake_row_asset ON intake_row (import_id, asset_id);
-- The statements that an import made, with what lists had said before.
CREATE TABLE intake_set (
  import_id    TEXT NOT NULL,
  asset_id     TEXT NOT NULL,
  field        TEXT NOT NULL,
  value        TEXT NOT NULL,
  at_ms        BIGINT NOT NULL,
  before_value TEXT NOT NULL,
  before_by    TEXT NOT NULL,
  kept         BOOLEAN NOT NULL,          -- changed by somebody since, so not taken back
  PRIMARY KEY (import_id, asset_id, field)
);
-- Which field each column means, by the set of headings.
CREATE TABLE intake_mapping (
  facility_id  TEXT NOT NULL,
  headings_key TEXT NOT NULL,
  columns      TEXT NOT NULL,             -- JSON
  by_name      TEXT NOT NULL,
  updated_ms   BIGINT NOT NULL,
  PRIMARY KEY (facility_id, headings_key)
);
