-- +goose Up
-- Bills of materials: what the maker of a device or system says is in it. One a machine and
-- source is in force; a newer one ends it.
CREATE TABLE software_bill (
  asset_id         TEXT NOT NULL,
  source           TEXT NOT NULL,             -- sbom
  row_key          TEXT NOT NULL,             -- the import that brought it
  digest           BIGINT NOT NULL,
  standard         TEXT NOT NULL,             -- CycloneDX, SPDX
  spec_version     TEXT NOT NULL,
  document_id      TEXT NOT NULL,             -- serial number or namespace; may be empty
  revision         BIGINT NOT NULL,           -- 0 = not told
  written_ms       BIGINT NOT NULL,           -- as the document says; 0 = not told
  authors          TEXT NOT NULL,
  subject_name     TEXT NOT NULL,             -- what it says it is about
  subject_version  TEXT NOT NULL,
  subject_supplier TEXT NOT NULL,
  subject_purl     TEXT NOT NULL,
  subject_cpe      TEXT NOT NULL,
  file_name        TEXT NOT NULL,
  sha256           TEXT NOT NULL,             -- of the file, hex
  by_name          TEXT NOT NULL,             -- who brought it
  components       BIGINT NOT NULL,
  first_ms         BIGINT NOT NULL,
  gone_ms          BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
-- What a bill says of a component beside its title: names that weaknesses are looked up by,
-- licence, hashes. The install of the same title stands in software_install.
CREATE TABLE software_component (
  asset_id TEXT NOT NULL,
  source   TEXT NOT NULL,
  row_key  TEXT NOT NULL,                     -- name, version, kind, arch
  digest   BIGINT NOT NULL,
  title_no BIGINT NOT NULL,
  kind     TEXT NOT NULL,
  name     TEXT NOT NULL,
  version  TEXT NOT NULL,
  supplier TEXT NOT NULL,
  arch     TEXT NOT NULL,
  purl     TEXT NOT NULL,                     -- package URL
  cpe      TEXT NOT NULL,                     -- 2.2 or 2.3
  licence  TEXT NOT NULL,
  hashes   TEXT NOT NULL,                     -- "SHA-256:…", several with a blank between
  first_ms BIGINT NOT NULL,
  gone_ms  BIGINT,
  PRIMARY KEY (asset_id, source, row_key, first_ms)
);
CREATE INDEX software_component_title ON software_component (asset_id, title_no, source);
