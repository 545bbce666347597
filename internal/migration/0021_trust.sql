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
