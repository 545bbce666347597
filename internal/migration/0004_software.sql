-- +goose Up
CREATE TABLE software_title (
  no         BIGINT PRIMARY KEY,        -- short form of id for the many rows of installs
  id         TEXT NOT NULL,             -- from the five fields that follow; see software.TitleID
  kind       TEXT NOT NULL,
  name       TEXT NOT NULL,
  version    TEXT NOT NULL,
  publisher  TEXT NOT NULL,
  arch       TEXT NOT NULL,
  name_key   TEXT NOT NULL,             -- NFKC, lower case: what lists sort and search by
  origin     TEXT NOT NULL,             -- source package, when it differs
  first_ms   BIGINT NOT NULL
);
CREATE UNIQUE INDEX software_title_id ON software_title (id);
CREATE INDEX software_title_name ON software_title (name_key, no);
-- The biggest table, and the one that new machines fill: kept narrow.
CREATE TABLE software_install (
  asset_id     TEXT NOT NULL,
  title_no     BIGINT NOT NULL,
  source       TEXT NOT NULL,
  installed_on TEXT NOT NULL,           -- 2006-01-02 as the system says, or empty
  first_ms     BIGINT NOT NULL,
  gone_ms      BIGINT,
  settled      BOOLEAN NOT NULL DEFAULT FALSE, -- stands in the index by title
  PRIMARY KEY (asset_id, title_no, source, first_ms)
);
-- An index by title is written all over the place, 300 pages a report; so rows enter
-- it in batches (software.Settle). Until then their machines stand in a short list.
CREATE INDEX software_install_title ON software_install (title_no, asset_id) WHERE settled AND gone_ms IS NULL;
CREATE TABLE software_unsettled (
  asset_id     TEXT PRIMARY KEY,
  stamp        TEXT NOT NULL            -- new with every report that adds rows
);
CREATE TABLE software_service (
  asset_id   TEXT NOT NULL,
  source     TEXT NOT NULL,
  row_key    TEXT NOT NULL,             -- name
  digest     BIGINT NOT NULL,
  name       TEXT NOT NULL,
  title      TEXT NOT NULL,
  start_mode TEXT NOT NULL,             -- auto, manual, disabled, other
  path       TEXT NOT NULL,
  run_as     TEXT NOT NULL,
  name_key   TEXT NOT NULL,
  running    BOOLEAN NOT NULL,          -- volatile
  first_ms   BIGINT NOT NULL,
  gone_ms    BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE software_pending (
  asset_id   TEXT NOT NULL,
  source     TEXT NOT NULL,
  row_key    TEXT NOT NULL,             -- name
  digest     BIGINT NOT NULL,
  name       TEXT NOT NULL,
  have       TEXT NOT NULL,
  security   BOOLEAN NOT NULL,
  offered    TEXT NOT NULL,             -- volatile, so that first_ms is how long it has been waiting
  severity   TEXT NOT NULL,             -- volatile
  first_ms   BIGINT NOT NULL,
  gone_ms    BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE INDEX software_pending_open ON software_pending (security, first_ms) WHERE gone_ms IS NULL;
CREATE TABLE software_update_state (
  asset_id     TEXT NOT NULL,
  source       TEXT NOT NULL,
  checked_ms   BIGINT NOT NULL,         -- age of the package manager's own lists; 0 = unknown
  last_done_ms BIGINT NOT NULL,         -- 0 = unknown
  reboot_need  BOOLEAN NOT NULL,
  seen_ms      BIGINT NOT NULL,
  PRIMARY KEY (asset_id, source)
);
CREATE TABLE software_safeguard (
  asset_id   TEXT NOT NULL,
  source     TEXT NOT NULL,
  row_key    TEXT NOT NULL,             -- kind/name
  digest     BIGINT NOT NULL,
  kind       TEXT NOT NULL,
  name       TEXT NOT NULL,
  state      TEXT NOT NULL,             -- on, off, unknown
  detail     TEXT NOT NULL,
  keep_days  BIGINT NOT NULL,
  max_bytes  BIGINT NOT NULL,
  version    TEXT NOT NULL,             -- volatile
  as_of      TEXT NOT NULL,             -- volatile: 2006-01-02 of the pattern
  oldest_ms  BIGINT NOT NULL,           -- volatile: oldest record of a log
  first_ms   BIGINT NOT NULL,
  gone_ms    BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE software_decision (
  id          TEXT PRIMARY KEY,
  facility_id TEXT NOT NULL,
  subject     TEXT NOT NULL,            -- service, program
  name_key    TEXT NOT NULL,
  name        TEXT NOT NULL,
  asset_kind  TEXT NOT NULL,
  verdict     TEXT NOT NULL,            -- needed, unneeded
  reason      TEXT NOT NULL,
  decided_by  TEXT NOT NULL,
  decided_ms  BIGINT NOT NULL,
  ended_ms    BIGINT,                   -- replaced or withdrawn
  ended_by    TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX software_decision_open ON software_decision (facility_id, subject, asset_kind, name_key) WHERE ended_ms IS NULL;
