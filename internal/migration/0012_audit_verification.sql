-- +goose Up
-- What a verification of the log found. Rows are only added.
CREATE TABLE audit_verification (
  id           TEXT PRIMARY KEY,
  began_ms     BIGINT NOT NULL,
  ended_ms     BIGINT NOT NULL,
  by_name      TEXT NOT NULL,            -- who asked; empty: the daily job
  from_size    BIGINT NOT NULL,          -- entries below were not read again; 0 = all were read
  size         BIGINT NOT NULL,
  root         TEXT NOT NULL,            -- base64
  checkpoints  BIGINT NOT NULL,
  signed       BIGINT NOT NULL,
  damage_kind  TEXT NOT NULL,            -- empty: everything agrees
  damage_seq   BIGINT NOT NULL,
  damage_last  BIGINT NOT NULL,
  damage_detail TEXT NOT NULL
);
CREATE INDEX audit_verification_ended ON audit_verification (ended_ms);
