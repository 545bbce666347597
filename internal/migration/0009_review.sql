-- +goose Up
-- What a rule found. A row is written once; only the three columns "confirmed_…"
-- and "newest" move, when a later evaluation finds exactly the same.
CREATE TABLE evidence_record (
  id           TEXT PRIMARY KEY,
  facility_id  TEXT NOT NULL,
  rule_id      TEXT NOT NULL,
  target       TEXT NOT NULL,           -- what the checklist row is about: all, server, pc, network, org
  variant      TEXT NOT NULL,           -- checklist edition, where the rule differs between editions; else empty
  rule_version BIGINT NOT NULL,
  suggestion   TEXT NOT NULL,           -- yes, no, none
  as_of_ms     BIGINT NOT NULL,         -- the facts are those of this moment
  evaluated_ms BIGINT NOT NULL,
  body         BYTEA NOT NULL,          -- canonical JSON, see evidence.Body
  sha256       TEXT NOT NULL,           -- of body, hex
  same_sha256  TEXT NOT NULL,           -- of body without the ages of its sources, hex
  confirmed_as_of_ms BIGINT NOT NULL,   -- last moment with the same result
  confirmed_ms BIGINT NOT NULL,         -- when that was found
  newest       TEXT NOT NULL            -- JSON: source to newest fact at the last confirmation, Unix ms
);
CREATE INDEX evidence_record_latest ON evidence_record (facility_id, rule_id, target, variant, as_of_ms);
-- Values that a site sets in place of a rule's defaults.
CREATE TABLE evidence_parameter (
  rule_id      TEXT NOT NULL,
  name         TEXT NOT NULL,
  value        TEXT NOT NULL,           -- JSON
  set_by       TEXT NOT NULL,
  set_ms       BIGINT NOT NULL,
  PRIMARY KEY (rule_id, name)
);
-- One answer a round; never changed.
CREATE TABLE inspection_answer (
  id           TEXT PRIMARY KEY,
  facility_id  TEXT NOT NULL,
  edition      TEXT NOT NULL,
  fiscal_year  BIGINT NOT NULL,         -- year it begins in
  sheet        TEXT NOT NULL,
  subject      TEXT NOT NULL,           -- empty, or vendor and system of a vendor sheet
  row_id       TEXT NOT NULL,
  round        BIGINT NOT NULL,         -- from 1
  value        TEXT NOT NULL,           -- yes, no, not_applicable
  confirmed_on TEXT NOT NULL,           -- 2006-01-02
  target_on    TEXT NOT NULL,           -- 2006-01-02 with no, else empty
  by_id        TEXT NOT NULL,
  by_name      TEXT NOT NULL,
  suggested    TEXT NOT NULL,           -- yes, no, none: what was proposed then
  evidence     TEXT NOT NULL,           -- JSON: evidence records and their hashes
  note         TEXT NOT NULL,
  created_ms   BIGINT NOT NULL
);
CREATE UNIQUE INDEX inspection_answer_round ON inspection_answer (facility_id, edition, fiscal_year, sheet, subject, row_id, round);
CREATE TABLE inspection_link (
  id           TEXT PRIMARY KEY,
  facility_id  TEXT NOT NULL,
  edition      TEXT NOT NULL,
  fiscal_year  BIGINT NOT NULL,
  sheet        TEXT NOT NULL,
  subject      TEXT NOT NULL,
  row_id       TEXT NOT NULL,
  kind         TEXT NOT NULL,           -- file, page, place
  title        TEXT NOT NULL,
  ref          TEXT NOT NULL,           -- blob, address, or where the paper is kept
  size_bytes   BIGINT NOT NULL,
  sha256       TEXT NOT NULL,
  added_by     TEXT NOT NULL,
  added_ms     BIGINT NOT NULL,
  removed_by   TEXT NOT NULL DEFAULT '',
  removed_ms   BIGINT
);
CREATE INDEX inspection_link_row ON inspection_link (facility_id, edition, fiscal_year, sheet, subject);
-- The official sentence as a person pasted it; the product ships none.
CREATE TABLE inspection_wording (
  row_id       TEXT PRIMARY KEY,
  body         TEXT NOT NULL,
  set_by       TEXT NOT NULL,
  set_ms       BIGINT NOT NULL
);
CREATE TABLE inspection_pack (
  id           TEXT PRIMARY KEY,
  facility_id  TEXT NOT NULL,
  edition      TEXT NOT NULL,
  fiscal_year  BIGINT NOT NULL,
  day          TEXT NOT NULL,           -- the day the pack speaks for, 2006-01-02
  as_of_ms     BIGINT NOT NULL,
  lang         TEXT NOT NULL,
  by_id        TEXT NOT NULL,
  by_name      TEXT NOT NULL,
  made_ms      BIGINT NOT NULL,
  blob_id      TEXT NOT NULL,
  file_name    TEXT NOT NULL,
  size_bytes   BIGINT NOT NULL,
  pages        BIGINT NOT NULL,
  manifest_sha256 TEXT NOT NULL,
  answers      TEXT NOT NULL            -- JSON: progress figures by sheet
);
CREATE INDEX inspection_pack_list ON inspection_pack (facility_id, made_ms, id);
-- A sheet as it went into a pack; never changed.
CREATE TABLE inspection_snapshot (
  pack_id      TEXT NOT NULL REFERENCES inspection_pack (id),
  sheet        TEXT NOT NULL,
  subject      TEXT NOT NULL,
  body         BYTEA NOT NULL,          -- canonical JSON, see inspection.Snapshot
  sha256       TEXT NOT NULL,
  PRIMARY KEY (pack_id, sheet, subject)
);
