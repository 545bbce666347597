-- +goose Up
-- The wide row: winning values and what follows from them. Columns from host_name
-- on are the fields of internal/survey/asset/field.go, by name; last_seen_ms has
-- no index on purpose: it changes with every report.
CREATE TABLE asset_asset (
  id             TEXT PRIMARY KEY,
  facility_id    TEXT NOT NULL,
  kind           TEXT NOT NULL,
  status         TEXT NOT NULL,
  kind_known     BOOLEAN NOT NULL,          -- false: nobody said what it is
  main_source    TEXT NOT NULL,             -- best source that knows it
  rev            BIGINT NOT NULL,
  created_ms     BIGINT NOT NULL,
  updated_ms     BIGINT NOT NULL,
  last_seen_ms   BIGINT NOT NULL,           -- 0 = never seen by an observing source
  last_source    TEXT NOT NULL,
  required       BIGINT NOT NULL,
  missing        BIGINT NOT NULL,
  contradictions BIGINT NOT NULL,
  facet_key      TEXT NOT NULL,             -- values of all facets, joined (facet.go)
  search         TEXT NOT NULL,             -- folded text of all searched fields
  label          TEXT NOT NULL,             -- name, else host name
  label_key      TEXT NOT NULL,             -- label in natural order of numbers
  ip_key         TEXT NOT NULL,             -- address in order of numbers
  name                TEXT NOT NULL,
  host_name           TEXT NOT NULL,
  asset_tag           TEXT NOT NULL,
  purpose             TEXT NOT NULL,
  criticality         TEXT NOT NULL,
  patient_data        TEXT NOT NULL,
  maker               TEXT NOT NULL,
  model               TEXT NOT NULL,
  serial              TEXT NOT NULL,
  cpu                 TEXT NOT NULL,
  memory_bytes        BIGINT,
  disk_bytes          BIGINT,
  os_name             TEXT NOT NULL,
  os_version          TEXT NOT NULL,
  firmware_version    TEXT NOT NULL,
  firmware_on         TEXT NOT NULL,
  ip                  TEXT NOT NULL,
  mac                 TEXT NOT NULL,
  segment             TEXT NOT NULL,
  switch_port         TEXT NOT NULL,
  internet_facing     TEXT NOT NULL,
  remote_maintenance  TEXT NOT NULL,
  log_destination     TEXT NOT NULL,
  line_number         TEXT NOT NULL,
  sim                 TEXT NOT NULL,
  carrier             TEXT NOT NULL,
  department          TEXT NOT NULL,
  building            TEXT NOT NULL,
  room                TEXT NOT NULL,
  custodian           TEXT NOT NULL,
  user_name           TEXT NOT NULL,
  vendor              TEXT NOT NULL,
  patch_owner         TEXT NOT NULL,
  contract_ref        TEXT NOT NULL,
  purchased_on        TEXT NOT NULL,
  warranty_ends_on    TEXT NOT NULL,
  maintenance_ends_on TEXT NOT NULL,
  support_ends_on     TEXT NOT NULL,
  verified_on         TEXT NOT NULL,
  trial_ends_on       TEXT NOT NULL,
  loan_ends_on        TEXT NOT NULL,
  loan_to             TEXT NOT NULL,
  disposed_on         TEXT NOT NULL,
  disposal_proof      TEXT NOT NULL,
  disposal_reason     TEXT NOT NULL,
  note                TEXT NOT NULL
);
CREATE INDEX asset_asset_label ON asset_asset (label_key, id);
CREATE INDEX asset_asset_facility ON asset_asset (facility_id, kind);
-- Every statement of every source about every field. Open rows have no gone_ms.
CREATE TABLE asset_fact (
  asset_id   TEXT NOT NULL,
  field      TEXT NOT NULL,
  source     TEXT NOT NULL,
  section    TEXT NOT NULL,
  value      TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  first_ms   BIGINT NOT NULL,
  gone_ms    BIGINT,
  PRIMARY KEY (asset_id, field, source, first_ms)
);
-- Keys that tell machines apart: "serial:maker|number", "mac:…" (identity.go).
-- Slot 0 holds a key first; contested keys take the next slots, so that two
-- transactions cannot both be first.
CREATE TABLE asset_identity (
  id_key     TEXT NOT NULL,
  slot       BIGINT NOT NULL,
  asset_id   TEXT NOT NULL,
  source     TEXT NOT NULL,
  first_ms   BIGINT NOT NULL,
  PRIMARY KEY (id_key, slot)
);
CREATE INDEX asset_identity_asset ON asset_identity (asset_id);
-- When a source last saw an asset, and the digest over all its sections.
CREATE TABLE asset_source (
  asset_id   TEXT NOT NULL,
  source     TEXT NOT NULL,
  device_key TEXT NOT NULL,
  digest     TEXT NOT NULL,                 -- empty: the server lacks a section
  seen_ms    BIGINT NOT NULL,
  PRIMARY KEY (asset_id, source)
);
CREATE INDEX asset_source_device ON asset_source (device_key);
-- A section is confirmed as of asset_source.seen_ms while it is held, else as of
-- its own seen_ms.
CREATE TABLE asset_section (
  asset_id   TEXT NOT NULL,
  source     TEXT NOT NULL,
  section    TEXT NOT NULL,
  digest     TEXT NOT NULL,
  body_ms    BIGINT NOT NULL,               -- when its body last came
  seen_ms    BIGINT NOT NULL,
  held       BOOLEAN NOT NULL,
  PRIMARY KEY (asset_id, source, section)
);
CREATE TABLE asset_conflict (
  id         TEXT PRIMARY KEY,
  asset_id   TEXT NOT NULL,
  other_id   TEXT NOT NULL,                 -- empty: no other asset
  cause      TEXT NOT NULL,
  key_kind   TEXT NOT NULL,
  key_value  TEXT NOT NULL,
  source     TEXT NOT NULL,
  proof      TEXT NOT NULL,                 -- JSON
  first_ms   BIGINT NOT NULL,
  last_ms    BIGINT NOT NULL,
  closed_ms  BIGINT,
  closed_by  TEXT NOT NULL DEFAULT '',
  note       TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX asset_conflict_open ON asset_conflict (asset_id, other_id, cause, key_value) WHERE closed_ms IS NULL;
CREATE INDEX asset_conflict_other ON asset_conflict (other_id);
CREATE TABLE asset_volume (
  asset_id    TEXT NOT NULL,
  source      TEXT NOT NULL,
  row_key     TEXT NOT NULL,
  digest      BIGINT NOT NULL,
  mount       TEXT NOT NULL,
  device      TEXT NOT NULL,
  file_system TEXT NOT NULL,
  size_bytes  BIGINT NOT NULL,
  encryption  TEXT NOT NULL,                -- on, off, unknown
  method      TEXT NOT NULL,
  free_bytes  BIGINT NOT NULL,
  first_ms    BIGINT NOT NULL,
  gone_ms     BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE asset_disk (
  asset_id    TEXT NOT NULL,
  source      TEXT NOT NULL,
  row_key     TEXT NOT NULL,
  digest      BIGINT NOT NULL,
  name        TEXT NOT NULL,
  model       TEXT NOT NULL,
  serial      TEXT NOT NULL,
  kind        TEXT NOT NULL,
  bus         TEXT NOT NULL,
  size_bytes  BIGINT NOT NULL,
  health      TEXT NOT NULL,
  first_ms    BIGINT NOT NULL,
  gone_ms     BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
-- Devices of a medical information system.
CREATE TABLE asset_member (
  system_id  TEXT NOT NULL,
  device_id  TEXT NOT NULL,
  role       TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  first_ms   BIGINT NOT NULL,
  gone_ms    BIGINT,
  PRIMARY KEY (system_id, device_id, first_ms)
);
CREATE INDEX asset_member_device ON asset_member (device_id);
CREATE TABLE asset_view (
  id         TEXT PRIMARY KEY,
  owner_id   TEXT NOT NULL,
  shared     BOOLEAN NOT NULL,
  name       TEXT NOT NULL,
  query      TEXT NOT NULL,
  shown      TEXT NOT NULL,                 -- columns, separated by commas
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX asset_view_name ON asset_view (owner_id, name);
CREATE TABLE asset_attachment (
  id         TEXT PRIMARY KEY,
  asset_id   TEXT NOT NULL,
  blob_id    TEXT NOT NULL,
  name       TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  by_name    TEXT NOT NULL,
  added_ms   BIGINT NOT NULL,
  gone_ms    BIGINT,
  gone_by    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX asset_attachment_asset ON asset_attachment (asset_id);
