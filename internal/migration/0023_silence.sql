-- +goose Up
-- How often sources are expected, where an administrator set it otherwise than the
-- standard of internal/survey/silence/expectation.go.
CREATE TABLE silence_expectation (
  facility_id  TEXT NOT NULL,
  kind         TEXT NOT NULL,
  every_hours  BIGINT NOT NULL,
  grace_hours  BIGINT NOT NULL,
  silent_hours BIGINT NOT NULL,
  skip_closed  BOOLEAN NOT NULL,          -- closed days do not count
  off          BOOLEAN NOT NULL,          -- nothing is expected
  by_name      TEXT NOT NULL,
  updated_ms   BIGINT NOT NULL,
  PRIMARY KEY (facility_id, kind)
);
-- Days on which a facility is closed beside Sundays and public holidays.
CREATE TABLE silence_closed (
  facility_id  TEXT NOT NULL,
  day          TEXT NOT NULL,             -- 2006-01-02 in Japan
  name         TEXT NOT NULL,
  by_name      TEXT NOT NULL,
  PRIMARY KEY (facility_id, day)
);
-- What a person said about one machine: not expected, or on some days of the week only.
CREATE TABLE silence_exception (
  id           TEXT PRIMARY KEY,
  asset_id     TEXT NOT NULL,
  source       TEXT NOT NULL,             -- empty: every source
  weekdays     BIGINT NOT NULL,           -- bit 0 = Sunday; 0 = not expected at all
  until_on     TEXT NOT NULL,             -- last day it holds, 2006-01-02
  reason       TEXT NOT NULL,
  by_name      TEXT NOT NULL,
  created_ms   BIGINT NOT NULL,
  ended_ms     BIGINT,
  ended_by     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX silence_exception_asset ON silence_exception (asset_id) WHERE ended_ms IS NULL;
-- The last refusal of each device that has an identity; one row each.
CREATE TABLE silence_refusal (
  device_id    TEXT PRIMARY KEY,
  cause        TEXT NOT NULL,             -- text key of the refusal
  first_ms     BIGINT NOT NULL,           -- since when this cause
  last_ms      BIGINT NOT NULL
);
-- When the server ran. The last row grows while it runs.
CREATE TABLE silence_up (
  from_ms      BIGINT PRIMARY KEY,
  until_ms     BIGINT NOT NULL
);
-- What is late, silent or excepted, as last judged; what reports has no row.
CREATE TABLE silence_state (
  asset_id     TEXT NOT NULL,
  source       TEXT NOT NULL,
  facility_id  TEXT NOT NULL,
  state        TEXT NOT NULL,             -- late, silent, excepted
  reason       TEXT NOT NULL,
  seen_ms      BIGINT NOT NULL,           -- last report; 0 = at no known time
  since_ms     BIGINT NOT NULL,           -- when it came into this state
  skipped_ms   BIGINT NOT NULL,           -- time since seen_ms that does not count
  other_source TEXT NOT NULL,             -- who saw the machine since; empty = nobody
  other_ms     BIGINT NOT NULL,
  refusal      TEXT NOT NULL,
  exception_id TEXT NOT NULL,
  PRIMARY KEY (asset_id, source)
);
CREATE INDEX silence_state_facility ON silence_state (facility_id, state);
