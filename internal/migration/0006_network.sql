-- +goose Up
CREATE TABLE network_interface (
  asset_id   TEXT NOT NULL,
  source     TEXT NOT NULL,
  row_key    TEXT NOT NULL,             -- name
  digest     BIGINT NOT NULL,
  name       TEXT NOT NULL,
  mac        TEXT NOT NULL,             -- as reported
  mac_key    TEXT NOT NULL,             -- aabbccddeeff, or empty when it is none
  kind       TEXT NOT NULL,
  gateway    TEXT NOT NULL,
  dns_json   TEXT NOT NULL,
  dhcp       BOOLEAN,                   -- NULL: cannot tell
  link_up    BOOLEAN NOT NULL,          -- volatile
  speed_mbps BIGINT NOT NULL,           -- volatile
  first_ms   BIGINT NOT NULL,
  gone_ms    BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE INDEX network_interface_mac ON network_interface (mac_key) WHERE gone_ms IS NULL;
CREATE TABLE network_address (
  asset_id   TEXT NOT NULL,
  source     TEXT NOT NULL,
  row_key    TEXT NOT NULL,             -- interface and address
  digest     BIGINT NOT NULL,
  interface  TEXT NOT NULL,
  address    TEXT NOT NULL,             -- 192.0.2.7
  prefix_len BIGINT NOT NULL,           -- bits
  address_key TEXT NOT NULL,            -- 32 hex digits that sort; see network.AddressKey
  first_ms   BIGINT NOT NULL,
  gone_ms    BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE INDEX network_address_key ON network_address (address_key) WHERE gone_ms IS NULL;
CREATE TABLE network_port (
  asset_id   TEXT NOT NULL,
  source     TEXT NOT NULL,
  row_key    TEXT NOT NULL,             -- protocol, address, number
  digest     BIGINT NOT NULL,
  protocol   TEXT NOT NULL,
  address    TEXT NOT NULL,
  number     BIGINT NOT NULL,
  process    TEXT NOT NULL,
  path       TEXT NOT NULL,
  run_as     TEXT NOT NULL,
  exposed    BOOLEAN NOT NULL,          -- reachable from beyond the machine
  first_ms   BIGINT NOT NULL,
  gone_ms    BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE INDEX network_port_number ON network_port (number) WHERE gone_ms IS NULL;
CREATE TABLE network_segment (
  id          TEXT PRIMARY KEY,
  facility_id TEXT NOT NULL,
  cidr        TEXT NOT NULL,
  low_key     TEXT NOT NULL,            -- first and last address as address_key
  high_key    TEXT NOT NULL,
  name        TEXT NOT NULL,
  vlan        BIGINT NOT NULL,          -- 1–4094, 0 = none
  purpose     TEXT NOT NULL,
  note        TEXT NOT NULL,
  revision    BIGINT NOT NULL,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL,
  ended_ms    BIGINT
);
CREATE UNIQUE INDEX network_segment_cidr ON network_segment (facility_id, cidr) WHERE ended_ms IS NULL;
