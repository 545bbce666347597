-- +goose Up
-- What was removed where, newest first. An install enters it once, when it ends.
CREATE INDEX software_install_gone ON software_install (gone_ms, asset_id, title_no, source) WHERE gone_ms IS NOT NULL;
