-- +goose Up
CREATE TABLE organisation_department (
  id          TEXT PRIMARY KEY,
  facility_id TEXT NOT NULL,
  name        TEXT NOT NULL,
  code        TEXT NOT NULL,
  phone       TEXT NOT NULL,
  closed_on   TEXT NOT NULL,            -- 2006-01-02, or empty
  revision    BIGINT NOT NULL,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL
);
CREATE UNIQUE INDEX organisation_department_name ON organisation_department (facility_id, name) WHERE closed_on = '';
CREATE TABLE organisation_staff (
  id             TEXT PRIMARY KEY,
  facility_id    TEXT NOT NULL,
  number         TEXT NOT NULL,         -- staff number, or empty
  name           TEXT NOT NULL,
  kana           TEXT NOT NULL,
  department_id  TEXT,
  job            TEXT NOT NULL,
  mail           TEXT NOT NULL,
  phone          TEXT NOT NULL,
  employed_from  TEXT NOT NULL,         -- 2006-01-02, or empty
  employed_until TEXT NOT NULL,         -- last day, or empty
  revision       BIGINT NOT NULL,
  created_ms     BIGINT NOT NULL,
  updated_ms     BIGINT NOT NULL
);
CREATE UNIQUE INDEX organisation_staff_number ON organisation_staff (facility_id, number) WHERE number <> '';
CREATE TABLE organisation_appointment (
  id           TEXT PRIMARY KEY,
  facility_id  TEXT NOT NULL,
  role         TEXT NOT NULL,
  staff_id     TEXT NOT NULL REFERENCES organisation_staff (id),
  appointed_by TEXT NOT NULL,
  appointed_on TEXT NOT NULL,
  until_on     TEXT NOT NULL,           -- last day, or empty
  end_reason   TEXT NOT NULL,
  document_id  TEXT,
  note         TEXT NOT NULL,
  revision     BIGINT NOT NULL,
  created_ms   BIGINT NOT NULL,
  updated_ms   BIGINT NOT NULL
);
CREATE INDEX organisation_appointment_role ON organisation_appointment (facility_id, role, appointed_on);
CREATE TABLE organisation_record (
  id           TEXT PRIMARY KEY,
  facility_id  TEXT NOT NULL,
  kind         TEXT NOT NULL,
  title        TEXT NOT NULL,
  held_on      TEXT NOT NULL,
  period_from  TEXT NOT NULL,           -- what a review looks back on, or empty
  period_until TEXT NOT NULL,
  held_by      TEXT NOT NULL,
  note         TEXT NOT NULL,
  document_id  TEXT,
  revision     BIGINT NOT NULL,
  created_by   TEXT NOT NULL,
  created_ms   BIGINT NOT NULL,
  updated_ms   BIGINT NOT NULL,
  withdrawn_ms BIGINT,
  withdrawn_by TEXT NOT NULL,
  withdrawn_why TEXT NOT NULL
);
CREATE INDEX organisation_record_kind ON organisation_record (facility_id, kind, held_on);
