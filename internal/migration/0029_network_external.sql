-- +goose Up
-- Ways in from outside (外部接続). Every change is a row of its own, so that a past day
-- shows what was known on it.
CREATE TABLE network_external (
  id              TEXT NOT NULL,
  revision        BIGINT NOT NULL,
  facility_id     TEXT NOT NULL,
  name            TEXT NOT NULL,
  party           TEXT NOT NULL,           -- who is at the other end
  party_kind      TEXT NOT NULL,           -- network.PartyKind
  vendor_id       TEXT NOT NULL,           -- of the vendor register, or empty
  contract_id     TEXT NOT NULL,           -- of the vendor register, or empty
  asset_id        TEXT,                    -- the box at which it ends in the house
  line            TEXT NOT NULL,           -- network.Line
  protocol        TEXT NOT NULL,
  authentication  TEXT NOT NULL,           -- network.Authentication
  second_factor   TEXT NOT NULL,           -- yes, no, unknown
  source_limit    TEXT NOT NULL,           -- yes, no, unknown
  source_note     TEXT NOT NULL,           -- which addresses
  opening         TEXT NOT NULL,           -- network.Opening
  patch_owner     TEXT NOT NULL,           -- never empty
  log_to          TEXT NOT NULL,
  last_session_on TEXT NOT NULL,           -- 2006-01-02, or empty
  reviewed_on     TEXT NOT NULL,           -- 2006-01-02, or empty
  note            TEXT NOT NULL,
  by_name         TEXT NOT NULL,
  from_ms         BIGINT NOT NULL,
  until_ms        BIGINT,                  -- NULL = as it is now
  PRIMARY KEY (id, revision)
);
CREATE INDEX network_external_facility ON network_external (facility_id, from_ms);
CREATE UNIQUE INDEX network_external_now ON network_external (id) WHERE until_ms IS NULL;
-- Proposals that a person said are no way in.
CREATE TABLE network_external_no (
  facility_id  TEXT NOT NULL,
  proposal_key TEXT NOT NULL,
  reason       TEXT NOT NULL,
  by_name      TEXT NOT NULL,
  at_ms        BIGINT NOT NULL,
  PRIMARY KEY (facility_id, proposal_key)
);
