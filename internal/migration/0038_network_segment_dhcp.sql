-- +goose Up
-- Which addresses of a segment its DHCP server gives out, as people said: "from-to",
-- separated by commas.
ALTER TABLE network_segment ADD COLUMN dhcp TEXT NOT NULL DEFAULT '';
ALTER TABLE network_segment_past ADD COLUMN dhcp TEXT NOT NULL DEFAULT '';
