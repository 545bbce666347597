-- +goose Up
CREATE TABLE identity_facility (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  code        TEXT NOT NULL,             -- medical institution code, empty when unknown
  kind        TEXT NOT NULL,             -- hospital, clinic, dental, pharmacy, other
  beds        BIGINT NOT NULL DEFAULT 0,
  created_ms  BIGINT NOT NULL,
  closed_ms   BIGINT
);
CREATE UNIQUE INDEX identity_facility_name ON identity_facility (lower(name));

-- One row that rare, far-reaching changes lock: first set-up, last administrator.
CREATE TABLE identity_guard (
  id           BIGINT PRIMARY KEY,
  code_hash    BYTEA,
  expires_ms   BIGINT,
  set_up_ms    BIGINT
);
INSERT INTO identity_guard (id) VALUES (1);

CREATE TABLE identity_user (
  id             TEXT PRIMARY KEY,
  login          TEXT NOT NULL,
  login_key      TEXT NOT NULL,          -- folded form of login, unique
  name           TEXT NOT NULL,
  mail           TEXT NOT NULL DEFAULT '',
  lang           TEXT NOT NULL,
  theme          TEXT NOT NULL,
  density        TEXT NOT NULL,
  password_hash  TEXT NOT NULL,
  password_long  BOOLEAN NOT NULL,       -- long enough to stand without a second factor
  password_must_change BOOLEAN NOT NULL DEFAULT FALSE,
  password_ms    BIGINT NOT NULL,
  totp_secret    BYTEA,                  -- sealed with the server key
  totp_pending   BYTEA,                  -- sealed; waits for its first code
  totp_step      BIGINT NOT NULL DEFAULT 0,
  created_ms     BIGINT NOT NULL,
  disabled_ms    BIGINT,
  last_sign_in_ms BIGINT
);
CREATE UNIQUE INDEX identity_user_login ON identity_user (login_key);

CREATE TABLE identity_grant (
  user_id      TEXT NOT NULL REFERENCES identity_user (id) ON DELETE CASCADE,
  role         TEXT NOT NULL,
  facility_id  TEXT NOT NULL,            -- empty = all facilities
  department   TEXT NOT NULL,            -- only with role department
  PRIMARY KEY (user_id, role, facility_id, department)
);

CREATE TABLE identity_recovery (
  user_id     TEXT NOT NULL REFERENCES identity_user (id) ON DELETE CASCADE,
  code_hash   BYTEA NOT NULL,
  used_ms     BIGINT,
  PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE identity_passkey (
  id          TEXT PRIMARY KEY,
  user_id     TEXT NOT NULL REFERENCES identity_user (id) ON DELETE CASCADE,
  credential_id BYTEA NOT NULL,
  credential  TEXT NOT NULL,             -- JSON: public key, counter, flags
  name        TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,
  last_used_ms BIGINT
);
CREATE UNIQUE INDEX identity_passkey_credential ON identity_passkey (credential_id);
CREATE INDEX identity_passkey_user ON identity_passkey (user_id);

CREATE TABLE identity_session (
  token_hash  TEXT PRIMARY KEY,
  id          TEXT NOT NULL,             -- shown in lists; names no secret
  user_id     TEXT,                      -- NULL before sign-in
  data        BYTEA NOT NULL,
  address     TEXT NOT NULL,
  user_agent  TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,
  seen_ms     BIGINT NOT NULL,
  expires_ms  BIGINT NOT NULL,
  ended_ms    BIGINT                     -- a late request must not bring it back
);
CREATE UNIQUE INDEX identity_session_id ON identity_session (id);
CREATE INDEX identity_session_user ON identity_session (user_id);
CREATE INDEX identity_session_expires ON identity_session (expires_ms);

-- Failures per subject (a hash of the login name, or an address).
CREATE TABLE identity_throttle (
  subject     TEXT PRIMARY KEY,
  failures    BIGINT NOT NULL,
  last_ms     BIGINT NOT NULL,
  until_ms    BIGINT NOT NULL
);
CREATE INDEX identity_throttle_last ON identity_throttle (last_ms);

CREATE TABLE identity_token (
  id          TEXT PRIMARY KEY,
  token_hash  BYTEA NOT NULL,
  name        TEXT NOT NULL,
  role        TEXT NOT NULL,
  facility_id TEXT NOT NULL,             -- empty = all facilities
  department  TEXT NOT NULL,
  can_write   BOOLEAN NOT NULL,
  created_by  TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,
  expires_ms  BIGINT,
  last_used_ms BIGINT,
  revoked_ms  BIGINT
);
CREATE UNIQUE INDEX identity_token_hash ON identity_token (token_hash);

CREATE TABLE identity_enroll_token (
  id          TEXT PRIMARY KEY,
  token_hash  BYTEA NOT NULL,
  facility_id TEXT NOT NULL REFERENCES identity_facility (id),
  note        TEXT NOT NULL,
  max_uses    BIGINT NOT NULL,
  uses        BIGINT NOT NULL DEFAULT 0,
  created_by  TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,
  expires_ms  BIGINT NOT NULL,
  revoked_ms  BIGINT
);
CREATE UNIQUE INDEX identity_enroll_token_hash ON identity_enroll_token (token_hash);

CREATE TABLE identity_device (
  id          TEXT PRIMARY KEY,
  public_key  BYTEA NOT NULL,
  facility_id TEXT NOT NULL REFERENCES identity_facility (id),
  name        TEXT NOT NULL,
  enroll_token_id TEXT NOT NULL,
  enrolled_ms BIGINT NOT NULL,
  enrolled_from TEXT NOT NULL,
  revoked_ms  BIGINT,
  last_seq    BIGINT NOT NULL DEFAULT 0,
  last_seen_ms BIGINT
);
CREATE UNIQUE INDEX identity_device_key ON identity_device (public_key);
CREATE INDEX identity_device_facility ON identity_device (facility_id, id);

-- Devices that knocked without being known; bounded in number.
CREATE TABLE identity_knock (
  id          TEXT PRIMARY KEY,
  address     TEXT NOT NULL,
  summary     TEXT NOT NULL,
  knock_count BIGINT NOT NULL,
  first_ms    BIGINT NOT NULL,
  last_ms     BIGINT NOT NULL
);
CREATE UNIQUE INDEX identity_knock_who ON identity_knock (address, summary);
CREATE INDEX identity_knock_last ON identity_knock (last_ms);
