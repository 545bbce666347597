-- +goose Up
-- How an entry is opened, and the certificates that open it. An entry that certificates
-- open has a secret_hash that no secret has.
ALTER TABLE identity_entry ADD COLUMN method TEXT NOT NULL DEFAULT 'secret'; -- secret, certificate

CREATE TABLE identity_entry_certificate (
  id         TEXT PRIMARY KEY,
  entry_id   TEXT NOT NULL REFERENCES identity_entry (id),
  kind       TEXT NOT NULL,            -- ca, leaf, issued
  sha256     TEXT NOT NULL,            -- of the certificate, lower-case hexadecimal
  subject    TEXT NOT NULL,
  issuer     TEXT NOT NULL,
  der        BYTEA NOT NULL,
  start_ms   BIGINT NOT NULL,
  end_ms     BIGINT NOT NULL,
  added_by   TEXT NOT NULL,
  added_ms   BIGINT NOT NULL,
  removed_ms BIGINT                    -- NULL = opens the entry
);
CREATE INDEX identity_entry_certificate_entry ON identity_entry_certificate (entry_id, removed_ms);
CREATE INDEX identity_entry_certificate_sum ON identity_entry_certificate (sha256, removed_ms);
