-- +goose Up
-- How machines are set up, what was switched off on them, what they back up, what runs
-- without being called, and what is connected to them. All tables are sections: rows
-- that belong to a machine and a source, come and go, and keep their history.

-- What was switched off as of the last report: words of software_switched_off.what,
-- sorted, with a space between. Facts of the field are in asset_fact.
ALTER TABLE asset_asset ADD COLUMN switched_off TEXT NOT NULL DEFAULT '';

CREATE TABLE asset_printer (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  name       TEXT NOT NULL,
  driver     TEXT NOT NULL,
  port       TEXT NOT NULL,
  address    TEXT NOT NULL,
  is_default BOOLEAN NOT NULL,
  shared     BOOLEAN NOT NULL,
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE asset_monitor (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  maker      TEXT NOT NULL,
  model      TEXT NOT NULL,
  serial     TEXT NOT NULL,
  made_year  BIGINT NOT NULL,
  port       TEXT NOT NULL,             -- volatile
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE asset_usb_storage (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  kind       TEXT NOT NULL,             -- disk, optical, floppy, portable, reader, other
  vendor     TEXT NOT NULL,
  product    TEXT NOT NULL,
  serial     TEXT NOT NULL,
  vendor_id  TEXT NOT NULL,
  product_id TEXT NOT NULL,
  first_seen TEXT NOT NULL,             -- volatile: 2006-01-02
  last_seen  TEXT NOT NULL,             -- volatile: 2006-01-02
  connected  BOOLEAN NOT NULL,          -- volatile
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE asset_memory_module (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  slot       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  maker      TEXT NOT NULL,
  part       TEXT NOT NULL,
  serial     TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  speed_mts  BIGINT NOT NULL,
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE account_group (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  name       TEXT NOT NULL,
  system_id  TEXT NOT NULL,             -- gid or SID
  privileged BOOLEAN NOT NULL,
  members_json TEXT NOT NULL,
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE software_setting (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  kind       TEXT NOT NULL,             -- smb1_server, password_policy …
  subject    TEXT NOT NULL,             -- user, profile; empty: the machine
  item       TEXT NOT NULL,             -- min_length …; empty: the setting itself
  value      TEXT NOT NULL,             -- on, off, unknown, a number, a word
  evidence   TEXT NOT NULL,             -- registry path or file
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE INDEX software_setting_kind ON software_setting (kind, item, value) WHERE gone_ms IS NULL;
CREATE TABLE software_switched_off (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  what       TEXT NOT NULL,             -- auto_updates, firewall …
  name       TEXT NOT NULL,             -- product, profile or unit
  by_what    TEXT NOT NULL,             -- policy, service, masked, setting, boot
  evidence   TEXT NOT NULL,
  since_ms   BIGINT NOT NULL,           -- volatile: last change of the setting; 0 = unknown
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE software_backup (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  product    TEXT NOT NULL,
  job        TEXT NOT NULL,
  target     TEXT NOT NULL,             -- local, removable, network, cloud, tape, unknown
  evidence   TEXT NOT NULL,
  last_ok_ms    BIGINT NOT NULL,        -- volatile; 0 = none, or not known
  last_tried_ms BIGINT NOT NULL,        -- volatile; 0 = none, or not known
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE software_extension (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  browser    TEXT NOT NULL,
  user_name  TEXT NOT NULL,             -- owner of the profile
  profile    TEXT NOT NULL,
  extension_id TEXT NOT NULL,
  name       TEXT NOT NULL,
  version    TEXT NOT NULL,
  enabled    BOOLEAN NOT NULL,
  forced     BOOLEAN NOT NULL,
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE INDEX software_extension_id ON software_extension (extension_id) WHERE gone_ms IS NULL;
CREATE TABLE software_startup (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  name       TEXT NOT NULL,
  kind       TEXT NOT NULL,             -- scheduled_task, run_key …
  starts_at  TEXT NOT NULL,             -- boot, logon, schedule, other
  command    TEXT NOT NULL,
  run_as     TEXT NOT NULL,
  enabled    BOOLEAN NOT NULL,
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE software_patch (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  patch_id   TEXT NOT NULL,             -- KB5006670
  title      TEXT NOT NULL,
  installed_on TEXT NOT NULL,           -- 2006-01-02
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE INDEX software_patch_id ON software_patch (patch_id) WHERE gone_ms IS NULL;
CREATE TABLE software_update_run (
  asset_id   TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
  at_ms      BIGINT NOT NULL,
  patch_id   TEXT NOT NULL,
  title      TEXT NOT NULL,
  packages   BIGINT NOT NULL,
  result     TEXT NOT NULL,             -- succeeded, with_errors, failed, aborted, in_progress, unknown
  first_ms   BIGINT NOT NULL, gone_ms BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
-- What the protection products say beyond what they say already; both change daily.
ALTER TABLE software_safeguard ADD COLUMN pattern_version TEXT NOT NULL DEFAULT ''; -- volatile
ALTER TABLE software_safeguard ADD COLUMN real_time TEXT NOT NULL DEFAULT '';       -- volatile: on, off, or empty: not told
