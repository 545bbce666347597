-- +goose Up
CREATE TABLE vendor_vendor (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  name_key    TEXT NOT NULL,            -- NFKC, lower case, without the form of company
  kana        TEXT NOT NULL,
  kind        TEXT NOT NULL,
  contact     TEXT NOT NULL,
  phone       TEXT NOT NULL,
  emergency_phone TEXT NOT NULL,
  mail        TEXT NOT NULL,
  note        TEXT NOT NULL,
  closed_on   TEXT NOT NULL,            -- 2006-01-02, or empty
  revision    BIGINT NOT NULL,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL
);
CREATE UNIQUE INDEX vendor_vendor_name ON vendor_vendor (name_key) WHERE closed_on = '';
CREATE TABLE vendor_contract (
  id          TEXT PRIMARY KEY,
  vendor_id   TEXT NOT NULL REFERENCES vendor_vendor (id),
  facility_id TEXT NOT NULL,
  title       TEXT NOT NULL,
  number      TEXT NOT NULL,
  kind        TEXT NOT NULL,
  starts_on   TEXT NOT NULL,            -- 2006-01-02
  ends_on     TEXT NOT NULL,            -- last day, or empty = open end
  auto_renew  BOOLEAN NOT NULL,
  notice_days BIGINT NOT NULL,          -- notice before the end; 0 = not agreed
  patch_owner TEXT NOT NULL,            -- vendor, hospital, shared, unknown
  remote      TEXT NOT NULL,            -- yes, no, unknown
  document_id TEXT,
  note        TEXT NOT NULL,
  cancelled_on TEXT NOT NULL,           -- last day after an early end, or empty
  revision    BIGINT NOT NULL,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL
);
CREATE INDEX vendor_contract_vendor ON vendor_contract (vendor_id, starts_on);
CREATE INDEX vendor_contract_end ON vendor_contract (facility_id, ends_on);
CREATE TABLE vendor_coverage (
  contract_id TEXT NOT NULL REFERENCES vendor_contract (id),
  asset_id    TEXT NOT NULL,
  added_ms    BIGINT NOT NULL,
  removed_ms  BIGINT,
  PRIMARY KEY (contract_id, asset_id, added_ms)
);
CREATE INDEX vendor_coverage_asset ON vendor_coverage (asset_id) WHERE removed_ms IS NULL;
