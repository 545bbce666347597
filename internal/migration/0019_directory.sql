-- +goose Up
-- Directories (LDAP, Active Directory) that are read. What is set is in the first
-- part, what the last reads found in the second.
CREATE TABLE directory_source (
  id             TEXT PRIMARY KEY,
  facility_id    TEXT NOT NULL,
  name           TEXT NOT NULL,
  address        TEXT NOT NULL,         -- host:port
  base_dn        TEXT NOT NULL,
  bind_name      TEXT NOT NULL,
  secret         BYTEA NOT NULL,        -- sealed password
  ca_pem         TEXT NOT NULL,         -- empty: the system's certificate authorities
  pin            TEXT NOT NULL,         -- SHA-256 of the server's public key; empty: none
  every_minutes  BIGINT NOT NULL,
  paused         BOOLEAN NOT NULL,
  revision       BIGINT NOT NULL,
  created_ms     BIGINT NOT NULL,
  updated_ms     BIGINT NOT NULL,
  job_id         TEXT NOT NULL,         -- of the last read asked for
  tried_ms       BIGINT NOT NULL,       -- last read that ended, well or not; 0 = never
  good_ms        BIGINT NOT NULL,       -- last good read; 0 = never
  full_ms        BIGINT NOT NULL,       -- last good full read; 0 = never
  failing_ms     BIGINT NOT NULL,       -- since when reads fail; 0 = they do not
  problem        TEXT NOT NULL,         -- JSON of what was wrong; empty = nothing
  server_key     TEXT NOT NULL,         -- whose change numbers usn counts
  usn            BIGINT NOT NULL,       -- read up to this change
  computers      BIGINT NOT NULL,
  accounts       BIGINT NOT NULL
);
CREATE TABLE directory_computer (
  directory_id   TEXT NOT NULL,
  source         TEXT NOT NULL,
  row_key        TEXT NOT NULL,         -- object GUID
  digest         BIGINT NOT NULL,
  asset_id       TEXT NOT NULL,
  name           TEXT NOT NULL,
  host_name      TEXT NOT NULL,
  os_name        TEXT NOT NULL,
  os_version     TEXT NOT NULL,
  place          TEXT NOT NULL,         -- organisational unit
  description    TEXT NOT NULL,
  enabled        BOOLEAN NOT NULL,
  last_login_ms  BIGINT NOT NULL,       -- volatile; 0 = none known
  seen_ms        BIGINT NOT NULL,       -- volatile: last read that brought it
  first_ms       BIGINT NOT NULL,
  gone_ms        BIGINT,
  PRIMARY KEY (directory_id, source, row_key, first_ms)
);
CREATE INDEX directory_computer_asset ON directory_computer (asset_id);
-- Accounts in a directory, beside account_local: those on machines.
CREATE TABLE account_directory (
  directory_id    TEXT NOT NULL,
  source          TEXT NOT NULL,
  row_key         TEXT NOT NULL,        -- object GUID
  digest          BIGINT NOT NULL,
  facility_id     TEXT NOT NULL,
  name            TEXT NOT NULL,
  full_name       TEXT NOT NULL,
  number          TEXT NOT NULL,        -- employee number as the directory has it
  mail            TEXT NOT NULL,
  place           TEXT NOT NULL,
  enabled         BOOLEAN NOT NULL,
  locked          BOOLEAN NOT NULL,
  privileged      BOOLEAN NOT NULL,
  why             TEXT NOT NULL,
  groups_json     TEXT NOT NULL,
  service         BOOLEAN NOT NULL,     -- used by a program
  password_set_ms BIGINT NOT NULL,      -- 0 = unknown
  password_never  BOOLEAN NOT NULL,
  no_password     BOOLEAN NOT NULL,
  login_known     TEXT NOT NULL,        -- volatile: at, never, unknown
  last_login_ms   BIGINT NOT NULL,      -- volatile; only with login_known = 'at'
  first_ms        BIGINT NOT NULL,
  gone_ms         BIGINT,
  PRIMARY KEY (directory_id, source, row_key, first_ms)
);
CREATE INDEX account_directory_name ON account_directory (name, directory_id) WHERE gone_ms IS NULL;
CREATE TABLE account_directory_owner (
  id           TEXT PRIMARY KEY,
  directory_id TEXT NOT NULL,
  account_key  TEXT NOT NULL,           -- row_key of account_directory
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
CREATE UNIQUE INDEX account_directory_owner_open ON account_directory_owner (directory_id, account_key) WHERE ended_ms IS NULL;
CREATE INDEX account_directory_owner_staff ON account_directory_owner (staff_id) WHERE ended_ms IS NULL;
