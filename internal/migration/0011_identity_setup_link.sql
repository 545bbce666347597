-- +goose Up
-- One-time links with which a person chooses a password: their first one, or a new
-- one after they forgot it.
CREATE TABLE identity_setup_link (
  id          TEXT PRIMARY KEY,
  user_id     TEXT NOT NULL REFERENCES identity_user (id) ON DELETE CASCADE,
  code_hash   BYTEA NOT NULL,
  created_by  TEXT NOT NULL,             -- name of who made it
  created_ms  BIGINT NOT NULL,
  expires_ms  BIGINT NOT NULL,
  used_ms     BIGINT,
  revoked_ms  BIGINT
);
CREATE UNIQUE INDEX identity_setup_link_code ON identity_setup_link (code_hash);
CREATE INDEX identity_setup_link_user ON identity_setup_link (user_id);

-- The person whose rights a token rests on; empty = made on the server's machine.
ALTER TABLE identity_token ADD COLUMN owner_id TEXT NOT NULL DEFAULT '';
UPDATE identity_token SET owner_id = coalesce((SELECT id FROM identity_user WHERE identity_user.login = identity_token.created_by), '');
CREATE INDEX identity_token_owner ON identity_token (owner_id);

-- Pages know three densities; the account now keeps the same words.
UPDATE identity_user SET density = 'standard' WHERE density = 'normal';

-- What a person put off until a day, on their own page of today.
CREATE TABLE identity_later (
  user_id     TEXT NOT NULL REFERENCES identity_user (id) ON DELETE CASCADE,
  topic       TEXT NOT NULL,             -- names a thing to do, see edge/web
  until_on    TEXT NOT NULL,             -- 2006-01-02: on this day it shows again
  set_ms      BIGINT NOT NULL,
  PRIMARY KEY (user_id, topic)
);
