-- +goose Up
-- What an infrastructure device tells of its parts when asked. Each is a section: rows
-- come and go and keep their history (see store.Section).
CREATE TABLE network_switch_port (
  asset_id      TEXT NOT NULL,
  source        TEXT NOT NULL,
  row_key       TEXT NOT NULL,          -- name
  digest        BIGINT NOT NULL,
  name          TEXT NOT NULL,
  if_index      BIGINT NOT NULL,        -- 0 = not told
  text          TEXT NOT NULL,          -- ifDescr
  alias         TEXT NOT NULL,          -- what a person wrote about it
  enabled       BOOLEAN NOT NULL,
  vlan          BIGINT NOT NULL,        -- of untagged packets; 0 = not told
  untagged_json TEXT NOT NULL,
  tagged_json   TEXT NOT NULL,
  tree          TEXT NOT NULL,          -- volatile
  first_ms      BIGINT NOT NULL,
  gone_ms       BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE network_vlan (
  asset_id TEXT NOT NULL,
  source   TEXT NOT NULL,
  row_key  TEXT NOT NULL,               -- number
  digest   BIGINT NOT NULL,
  number   BIGINT NOT NULL,             -- 1 to 4094
  name     TEXT NOT NULL,
  first_ms BIGINT NOT NULL,
  gone_ms  BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE network_bridge (
  asset_id  TEXT NOT NULL,
  source    TEXT NOT NULL,
  row_key   TEXT NOT NULL,              -- own address
  digest    BIGINT NOT NULL,
  bridge    TEXT NOT NULL,
  root      TEXT NOT NULL,
  priority  BIGINT NOT NULL,
  root_port TEXT NOT NULL,              -- volatile
  root_cost BIGINT NOT NULL,            -- volatile
  first_ms  BIGINT NOT NULL,
  gone_ms   BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE network_module (
  asset_id TEXT NOT NULL,
  source   TEXT NOT NULL,
  row_key  TEXT NOT NULL,               -- index
  digest   BIGINT NOT NULL,
  part     BIGINT NOT NULL,             -- entPhysicalIndex
  within   BIGINT NOT NULL,             -- index of the part it sits in; 0 = none
  class    TEXT NOT NULL,
  name     TEXT NOT NULL,
  text     TEXT NOT NULL,
  maker    TEXT NOT NULL,
  model    TEXT NOT NULL,
  serial   TEXT NOT NULL,
  hardware TEXT NOT NULL,
  firmware TEXT NOT NULL,
  software TEXT NOT NULL,
  first_ms BIGINT NOT NULL,
  gone_ms  BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE network_supply (
  asset_id TEXT NOT NULL,
  source   TEXT NOT NULL,
  row_key  TEXT NOT NULL,               -- number, kind and name
  digest   BIGINT NOT NULL,
  name     TEXT NOT NULL,
  kind     TEXT NOT NULL,
  colour   TEXT NOT NULL,
  percent  BIGINT NOT NULL,             -- volatile; -1 = cannot tell
  level    BIGINT NOT NULL,             -- volatile
  most     BIGINT NOT NULL,             -- volatile
  first_ms BIGINT NOT NULL,
  gone_ms  BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE TABLE network_power (
  asset_id     TEXT NOT NULL,
  source       TEXT NOT NULL,
  row_key      TEXT NOT NULL,
  digest       BIGINT NOT NULL,
  on_battery   BOOLEAN NOT NULL,
  battery      TEXT NOT NULL,           -- normal, low, depleted, unknown
  charge       BIGINT NOT NULL,         -- volatile, per cent; -1 = not told
  minutes_left BIGINT NOT NULL,         -- volatile; -1 = not told
  load         BIGINT NOT NULL,         -- volatile, per cent; -1 = not told
  first_ms     BIGINT NOT NULL,
  gone_ms      BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
