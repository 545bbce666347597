-- +goose Up
-- Entries are only ever added. body is what is hashed; the other columns repeat
-- parts of it so that lists can filter, and verification compares them.
CREATE TABLE audit_entry (
  seq          BIGINT PRIMARY KEY,       -- 0, 1, 2, … without gaps
  body         BYTEA NOT NULL,
  at_ms        BIGINT NOT NULL,
  actor_kind   TEXT NOT NULL,
  actor_id     TEXT NOT NULL,
  actor_name   TEXT NOT NULL,
  action       TEXT NOT NULL,
  object_kind  TEXT NOT NULL,
  object_id    TEXT NOT NULL,
  object_name  TEXT NOT NULL,
  facility_id  TEXT NOT NULL,
  address      TEXT NOT NULL
);
CREATE INDEX audit_entry_object ON audit_entry (object_kind, object_id, seq);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, seq);
-- Hashes of complete subtrees, numbered as golang.org/x/mod/sumdb/tlog does.
CREATE TABLE audit_hash (
  idx          BIGINT PRIMARY KEY,
  hash         BYTEA NOT NULL
);
-- One row, locked by whoever appends.
CREATE TABLE audit_head (
  id           BIGINT PRIMARY KEY,
  size         BIGINT NOT NULL,
  frontier     BYTEA NOT NULL            -- the subtree hashes the next append needs
);
INSERT INTO audit_head (id, size, frontier) VALUES (1, 0, '');
CREATE TABLE audit_checkpoint (
  size         BIGINT PRIMARY KEY,
  at_ms        BIGINT NOT NULL,
  note         BYTEA NOT NULL            -- signed text
);
