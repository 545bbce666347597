-- +goose Up
-- A statement that an import made and that was taken back: it counts for no time at all
-- (gone_ms = first_ms) and stays for the history only, which shows when it was taken back.
ALTER TABLE asset_fact ADD COLUMN undone_ms BIGINT;
-- What the source had said of the machine before (JSON of the door), so that taking the file
-- back gives it back; empty = not kept.
ALTER TABLE intake_machine ADD COLUMN before_state TEXT NOT NULL DEFAULT '';
-- It stands for an earlier file of the machine that said the same and was taken back.
ALTER TABLE intake_machine ADD COLUMN heir BOOLEAN NOT NULL DEFAULT FALSE;
-- Which imports speak of an asset.
CREATE INDEX intake_row_of_asset ON intake_row (asset_id);
CREATE INDEX intake_set_of_asset ON intake_set (asset_id, field, at_ms);
