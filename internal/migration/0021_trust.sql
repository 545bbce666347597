-- +goose Up
-- Certificates of devices, from Sonae's own authority. The newest is kept whole, so
-- that a device whose answer was lost gets the same one again; the one before stays
-- good until the newest was used.
ALTER TABLE identity_device ADD COLUMN certificate BYTEA;
ALTER TABLE identity_device ADD COLUMN certificate_serial TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_device ADD COLUMN certificate_before TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_device ADD COLUMN certificate_end_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE identity_device ADD COLUMN revoked_why TEXT NOT NULL DEFAULT '';
-- Whether it may go on with a machine that another device reports for (a machine
-- that was set up anew): empty, granted, waits.
ALTER TABLE identity_device ADD COLUMN takeover TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_device ADD COLUMN takeover_of TEXT NOT NULL DEFAULT '';    -- the other device
ALTER TABLE identity_device ADD COLUMN takeover_asset TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_device ADD COLUMN takeover_ms BIGINT NOT NULL DEFAULT 0;   -- since when it waits

-- New installations want certificates; where agents without one report already, an
-- administrator decides when.
INSERT INTO setting (name, value, updated_ms)
SELECT 'identity.certificate_required', CASE WHEN EXISTS (SELECT 1 FROM identity_device) THEN 'off' ELSE 'on' END, 0;

-- Policies for agents: for all, a facility, a department of it, or one device. The
-- closest one counts.
CREATE TABLE identity_policy (
  id          TEXT PRIMARY KEY,
  facility_id TEXT NOT NULL,             -- empty = all
  department  TEXT NOT NULL,             -- empty = the whole facility
  device_id   TEXT NOT NULL,             -- empty = not one device only
  rules       TEXT NOT NULL,             -- JSON
  by_name     TEXT NOT NULL,
  changed_ms  BIGINT NOT NULL
);
CREATE UNIQUE INDEX identity_policy_target ON identity_policy (facility_id, department, device_id);

-- What happened to agents themselves, as they told it; the newest of each device stay.
CREATE TABLE identity_device_event (
  device_id   TEXT NOT NULL,
  at_ms       BIGINT NOT NULL,           -- the device's clock
  kind        TEXT NOT NULL,
  detail      TEXT NOT NULL,
  seen_ms     BIGINT NOT NULL,           -- the server's clock
  PRIMARY KEY (device_id, at_ms, kind, detail)
);
ALTER TABLE identity_device ADD COLUMN cost_cpu_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE identity_device ADD COLUMN cost_peak_kb BIGINT NOT NULL DEFAULT 0;
ALTER TABLE identity_device ADD COLUMN agent_version TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_device ADD COLUMN policy_version BIGINT NOT NULL DEFAULT 0;
