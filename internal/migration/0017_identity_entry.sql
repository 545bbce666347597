-- +goose Up
-- Open entries for agents of other makers; none is there until an administrator opens one.
CREATE TABLE identity_entry (
  id           TEXT PRIMARY KEY,
  protocol     TEXT NOT NULL,             -- glpi, fusioninventory, ocs
  facility_id  TEXT NOT NULL REFERENCES identity_facility (id),
  note         TEXT NOT NULL,
  secret_hash  BYTEA NOT NULL,
  created_by   TEXT NOT NULL,
  created_ms   BIGINT NOT NULL,
  closed_ms    BIGINT,
  last_used_ms BIGINT
);
CREATE UNIQUE INDEX identity_entry_secret ON identity_entry (secret_hash);
CREATE INDEX identity_entry_open ON identity_entry (protocol, closed_ms);
