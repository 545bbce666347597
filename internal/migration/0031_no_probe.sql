-- +goose Up
-- What active scanning never touches, beside the medical devices of the ledger. A rule
-- that was ended stays as the history of who lifted which protection, when and why.
CREATE TABLE network_no_probe (
  id          TEXT PRIMARY KEY,
  facility_id TEXT NOT NULL,
  kind        TEXT NOT NULL,            -- noprobe.Kind: address, range, mac, segment
  value       TEXT NOT NULL,            -- 192.0.2.7, 192.0.2.0/24, aabbcc…, ID of a segment
  reason      TEXT NOT NULL,
  by_name     TEXT NOT NULL,
  at_ms       BIGINT NOT NULL,
  ended_ms    BIGINT,                   -- NULL = in force
  ended_by    TEXT NOT NULL DEFAULT '',
  end_reason  TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX network_no_probe_open ON network_no_probe (facility_id, kind, value) WHERE ended_ms IS NULL;
