-- +goose Up
-- What opens devices that are asked (SNMP). What is not secret stands beside.
CREATE TABLE network_scan_credential (
  id          TEXT PRIMARY KEY,
  facility_id TEXT NOT NULL,
  name        TEXT NOT NULL,
  version     TEXT NOT NULL,            -- 2c, 3
  user_name   TEXT NOT NULL,            -- 3: user
  auth        TEXT NOT NULL,            -- 3: protocol, empty = none
  priv        TEXT NOT NULL,
  context     TEXT NOT NULL,
  secret      BYTEA NOT NULL,           -- sealed: community, or both keys
  revision    BIGINT NOT NULL,
  by_name     TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL
);
CREATE INDEX network_scan_credential_facility ON network_scan_credential (facility_id);
-- Who is asked, when and how; one row a revision, the newest has no end.
CREATE TABLE network_scan_plan (
  id          TEXT NOT NULL,
  revision    BIGINT NOT NULL,
  facility_id TEXT NOT NULL,
  name        TEXT NOT NULL,
  kind        TEXT NOT NULL,            -- scan.Kind
  enabled     BOOLEAN NOT NULL,
  settings    TEXT NOT NULL,            -- JSON of scan.Settings
  by_name     TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,          -- of the first revision
  from_ms     BIGINT NOT NULL,
  until_ms    BIGINT,
  PRIMARY KEY (id, revision)
);
CREATE INDEX network_scan_plan_now ON network_scan_plan (facility_id) WHERE until_ms IS NULL;
-- One carrying out of a plan, or a credential tried on an address.
CREATE TABLE network_scan_run (
  id            TEXT PRIMARY KEY,
  facility_id   TEXT NOT NULL,
  plan_id       TEXT NOT NULL,          -- empty: a credential was tried
  plan_revision BIGINT NOT NULL,
  name          TEXT NOT NULL,          -- of the plan
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,          -- scan.State
  slot_ms       BIGINT NOT NULL,        -- the time of the schedule; 0 = a person asked
  by_name       TEXT NOT NULL,
  job_id        TEXT NOT NULL,
  created_ms    BIGINT NOT NULL,
  started_ms    BIGINT NOT NULL,        -- 0 = not yet
  finished_ms   BIGINT NOT NULL,        -- 0 = not yet
  beat_ms       BIGINT NOT NULL,        -- last sign of work
  total         BIGINT NOT NULL,        -- 0 = not counted yet
  done          BIGINT NOT NULL,
  answered      BIGINT NOT NULL,
  left_out      BIGINT NOT NULL,        -- by a do-not-probe rule
  quiet         BIGINT NOT NULL,        -- answered before, not now
  place         TEXT NOT NULL,          -- where a sweep goes on
  problem       TEXT NOT NULL           -- JSON of what ended it
);
CREATE UNIQUE INDEX network_scan_run_slot ON network_scan_run (plan_id, slot_ms) WHERE slot_ms > 0;
CREATE UNIQUE INDEX network_scan_run_live ON network_scan_run (plan_id) WHERE finished_ms = 0 AND plan_id <> '';
CREATE INDEX network_scan_run_plan ON network_scan_run (plan_id, created_ms);
CREATE INDEX network_scan_run_facility ON network_scan_run (facility_id, created_ms);
CREATE TABLE network_scan_target (
  run_id        TEXT NOT NULL,
  seq           BIGINT NOT NULL,
  address       TEXT NOT NULL,          -- as listed
  ip            TEXT NOT NULL,          -- what was asked; empty = not yet
  state         TEXT NOT NULL,          -- scan.TargetState
  trouble       TEXT NOT NULL,          -- word of what was wrong
  rule          TEXT NOT NULL,          -- left out: the rule
  name          TEXT NOT NULL,
  asset_id      TEXT,
  credential_id TEXT NOT NULL,
  taken         BIGINT NOT NULL,        -- rows taken
  partial       TEXT NOT NULL,          -- JSON: parts that could not be read
  before_ms     BIGINT NOT NULL,        -- last answer before this run; 0 = none
  at_ms         BIGINT NOT NULL,        -- 0 = not yet
  took_ms       BIGINT NOT NULL,
  PRIMARY KEY (run_id, seq)
);
CREATE INDEX network_scan_target_asset ON network_scan_target (asset_id);
-- What was sent to whom, or left out by which rule; written before the first packet goes.
CREATE TABLE network_scan_sent (
  run_id      TEXT NOT NULL,
  address     TEXT NOT NULL,
  how         TEXT NOT NULL,            -- snmp, or the method of a sweep
  rule        TEXT NOT NULL,            -- not empty: nothing was sent, by this rule
  facility_id TEXT NOT NULL,
  mac         TEXT NOT NULL,            -- aabbccddeeff, empty = not known
  packets     BIGINT NOT NULL,          -- 0 = not counted
  first_ms    BIGINT NOT NULL,
  last_ms     BIGINT NOT NULL,
  PRIMARY KEY (run_id, address, how, rule)
);
CREATE INDEX network_scan_sent_address ON network_scan_sent (facility_id, address);
CREATE INDEX network_scan_sent_mac ON network_scan_sent (facility_id, mac) WHERE mac <> '';
-- Addresses that answered, with what opened them.
CREATE TABLE network_scan_known (
  facility_id   TEXT NOT NULL,
  address       TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  name          TEXT NOT NULL,
  answered_ms   BIGINT NOT NULL,
  PRIMARY KEY (facility_id, address)
);
-- Proposals a person does not want asked.
CREATE TABLE network_scan_no (
  facility_id TEXT NOT NULL,
  address     TEXT NOT NULL,
  reason      TEXT NOT NULL,
  by_name     TEXT NOT NULL,
  at_ms       BIGINT NOT NULL,
  PRIMARY KEY (facility_id, address)
);
-- Since when the record is whole, where older runs were removed.
CREATE TABLE network_scan_kept (
  facility_id TEXT PRIMARY KEY,
  from_ms     BIGINT NOT NULL
);
