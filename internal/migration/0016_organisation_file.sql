-- +goose Up
-- Files beside records (minutes, sheets) and appointments (letters). A file that was
-- taken off keeps its row; its content is deleted.
CREATE TABLE organisation_file (
  id           TEXT PRIMARY KEY,
  owner_kind   TEXT NOT NULL,           -- record, appointment
  owner_id     TEXT NOT NULL,
  facility_id  TEXT NOT NULL,
  blob_id      TEXT NOT NULL,
  name         TEXT NOT NULL,
  media_type   TEXT NOT NULL,           -- as found in the content
  size_bytes   BIGINT NOT NULL,
  sha256       TEXT NOT NULL,
  by_name      TEXT NOT NULL,
  added_ms     BIGINT NOT NULL,
  gone_ms      BIGINT,
  gone_by      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX organisation_file_owner ON organisation_file (owner_kind, owner_id);
