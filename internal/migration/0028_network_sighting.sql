-- +goose Up
-- Who saw whom on the network, as it was said; one row for as long as it is said again
-- and again. Which machines of the ledger the parties are is found when somebody asks.
CREATE TABLE network_sighting (
  id           TEXT PRIMARY KEY,
  facility_id  TEXT NOT NULL,
  row_key      TEXT NOT NULL,           -- SHA-256 over everything below but the times
  how          TEXT NOT NULL,           -- network.How
  seer_chassis TEXT NOT NULL,           -- network.Party, empty = not told
  seer_mac     TEXT NOT NULL,           -- aabbccddeeff
  seer_address TEXT NOT NULL,           -- 192.0.2.7
  seer_name    TEXT NOT NULL,
  seer_engine  TEXT NOT NULL,
  seer_port    TEXT NOT NULL,
  seen_chassis TEXT NOT NULL,
  seen_mac     TEXT NOT NULL,
  seen_address TEXT NOT NULL,
  seen_name    TEXT NOT NULL,
  seen_engine  TEXT NOT NULL,
  seen_port    TEXT NOT NULL,
  vlan         BIGINT NOT NULL,         -- 1–4094, 0 = not told
  first_ms     BIGINT NOT NULL,
  last_ms      BIGINT NOT NULL,         -- exact to network.LastSeenGrain
  gone_ms      BIGINT                   -- set when it was said again after a long silence: the row before
);
CREATE UNIQUE INDEX network_sighting_open ON network_sighting (facility_id, row_key) WHERE gone_ms IS NULL;
CREATE INDEX network_sighting_mac ON network_sighting (facility_id, seen_mac);
CREATE INDEX network_sighting_address ON network_sighting (facility_id, seen_address);
CREATE INDEX network_sighting_last ON network_sighting (facility_id, last_ms);
-- What a device showed of itself, by its strongest key.
CREATE TABLE network_trait (
  facility_id TEXT NOT NULL,
  party_key   TEXT NOT NULL,            -- network.Party.Key
  trait       TEXT NOT NULL,
  digest      TEXT NOT NULL,            -- SHA-256 of the value, shortened
  value       TEXT NOT NULL,
  first_ms    BIGINT NOT NULL,
  last_ms     BIGINT NOT NULL,
  PRIMARY KEY (facility_id, party_key, trait, digest)
);
-- Further keys of a device, as it said itself: the addresses of all its ports.
CREATE TABLE network_alias (
  facility_id TEXT NOT NULL,
  party_key   TEXT NOT NULL,
  alias_key   TEXT NOT NULL,
  first_ms    BIGINT NOT NULL,
  last_ms     BIGINT NOT NULL,
  PRIMARY KEY (facility_id, party_key, alias_key)
);
-- What a person said of a device that is not in the ledger.
CREATE TABLE network_mark (
  id          TEXT PRIMARY KEY,
  facility_id TEXT NOT NULL,
  party_key   TEXT NOT NULL,
  state       TEXT NOT NULL,            -- visitor
  until_ms    BIGINT NOT NULL,          -- the visit ends
  note        TEXT NOT NULL,
  by_name     TEXT NOT NULL,
  at_ms       BIGINT NOT NULL,
  ended_ms    BIGINT                    -- NULL = in force
);
CREATE UNIQUE INDEX network_mark_open ON network_mark (facility_id, party_key) WHERE ended_ms IS NULL;
-- Rises with every change of the tables above: whether a map that is kept is still true.
CREATE TABLE network_version (
  facility_id TEXT PRIMARY KEY,
  version     BIGINT NOT NULL
);
