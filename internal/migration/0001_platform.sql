-- +goose Up
CREATE TABLE job (
  id          TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,
  args        TEXT NOT NULL,
  unique_key  TEXT,
  state       TEXT NOT NULL,            -- available, running, completed, discarded, cancelled
  attempt     BIGINT NOT NULL DEFAULT 0,
  max_attempts BIGINT NOT NULL,
  run_at_ms   BIGINT NOT NULL,
  lease_until_ms BIGINT,
  done        BIGINT NOT NULL DEFAULT 0, -- progress: steps done
  total       BIGINT NOT NULL DEFAULT 0, -- progress: steps in all, 0 = unknown
  last_error  TEXT NOT NULL DEFAULT '',
  created_ms  BIGINT NOT NULL,
  finished_ms BIGINT
);
-- Unique among those that wait: what arrives while one runs must run once more.
CREATE UNIQUE INDEX job_unique ON job (kind, unique_key) WHERE unique_key IS NOT NULL AND state = 'available';
CREATE INDEX job_running ON job (kind, unique_key) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_ms) WHERE finished_ms IS NOT NULL;
CREATE INDEX job_ready ON job (run_at_ms, id) WHERE state IN ('available', 'running');
CREATE TABLE job_periodic (
  kind        TEXT PRIMARY KEY,
  next_ms     BIGINT NOT NULL
);
CREATE TABLE blob (
  id          TEXT PRIMARY KEY,
  size_bytes  BIGINT NOT NULL,
  sha256      TEXT NOT NULL,
  created_ms  BIGINT NOT NULL
);
-- Pieces keep every statement small on both engines.
CREATE TABLE blob_piece (
  blob_id     TEXT NOT NULL REFERENCES blob (id) ON DELETE CASCADE,
  piece       BIGINT NOT NULL,
  data        BYTEA NOT NULL,
  PRIMARY KEY (blob_id, piece)
);
CREATE TABLE setting (
  name        TEXT PRIMARY KEY,
  value       TEXT NOT NULL,
  updated_ms  BIGINT NOT NULL
);
