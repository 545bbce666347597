-- +goose Up
CREATE TABLE account_local (
  asset_id        TEXT NOT NULL,
  source          TEXT NOT NULL,
  row_key         TEXT NOT NULL,        -- name
  digest          BIGINT NOT NULL,
  name            TEXT NOT NULL,
  system_id       TEXT NOT NULL,        -- uid or SID
  full_name       TEXT NOT NULL,
  enabled         BOOLEAN NOT NULL,
  locked          BOOLEAN NOT NULL,
  privileged      BOOLEAN NOT NULL,
  interactive     BOOLEAN NOT NULL,
  why             TEXT NOT NULL,
  groups_json     TEXT NOT NULL,
  password_set_ms BIGINT NOT NULL,      -- 0 = unknown
  password_never  BOOLEAN NOT NULL,
  no_password     BOOLEAN NOT NULL,
  login_known     TEXT NOT NULL,        -- volatile: at, never, unknown
  last_login_ms   BIGINT NOT NULL,      -- volatile; only with login_known = 'at'
  first_ms        BIGINT NOT NULL,
  gone_ms         BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE INDEX account_local_name ON account_local (row_key, asset_id) WHERE gone_ms IS NULL;
CREATE TABLE account_owner (
  id           TEXT PRIMARY KEY,
  asset_id     TEXT NOT NULL,
  account_key  TEXT NOT NULL,           -- row_key of account_local
  account_name TEXT NOT NULL,
  kind         TEXT NOT NULL,           -- staff, vendor, shared, system
  staff_id     TEXT,
  vendor_id    TEXT,
  note         TEXT NOT NULL,
  set_by       TEXT NOT NULL,
  set_ms       BIGINT NOT NULL,
  ended_ms     BIGINT,
  ended_by     TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX account_owner_open ON account_owner (asset_id, account_key) WHERE ended_ms IS NULL;
CREATE INDEX account_owner_staff ON account_owner (staff_id) WHERE ended_ms IS NULL;
