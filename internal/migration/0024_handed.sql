-- +goose Up
-- Collection kits: keys for files that machines without a network hand over on a stick.
CREATE TABLE identity_kit (
  id              TEXT PRIMARY KEY,
  facility_id     TEXT NOT NULL,
  name            TEXT NOT NULL,
  identity_sealed BYTEA NOT NULL,          -- age X25519 identity, sealed with the server key
  public_key      BYTEA NOT NULL,          -- Ed25519, of the kit's signatures
  created_by      TEXT NOT NULL,
  created_ms      BIGINT NOT NULL,
  expires_ms      BIGINT NOT NULL,
  revoked_ms      BIGINT,
  last_used_ms    BIGINT,
  files           BIGINT NOT NULL          -- files taken in
);
CREATE INDEX identity_kit_facility ON identity_kit (facility_id, id);
-- What an import holds: a list, or what machines said of themselves.
ALTER TABLE intake_import ADD COLUMN form TEXT NOT NULL DEFAULT 'list';
-- The machine that a person named for all that is in the file; empty = told by the file.
ALTER TABLE intake_import ADD COLUMN asset_id TEXT NOT NULL DEFAULT '';
-- One file of an import of machines: beside its row in intake_row.
CREATE TABLE intake_machine (
  import_id  TEXT NOT NULL,
  row_no     BIGINT NOT NULL,
  file_name  TEXT NOT NULL,                -- with its place in a ZIP
  kind       TEXT NOT NULL,                -- sealed, script, systeminfo
  source     TEXT NOT NULL,                -- of the facts
  at_ms      BIGINT NOT NULL,              -- time of the facts
  sha256     TEXT NOT NULL,                -- of what the row was read from
  kit_id     TEXT NOT NULL,
  kit_name   TEXT NOT NULL,
  contents   TEXT NOT NULL,                -- JSON: rows a section
  notes      TEXT NOT NULL,                -- JSON: gaps
  before_ms  BIGINT NOT NULL,              -- when the source had spoken of the asset before; 0 = never
  PRIMARY KEY (import_id, row_no)
);
CREATE INDEX intake_machine_sha ON intake_machine (sha256);
