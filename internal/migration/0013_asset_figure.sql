-- +goose Up
-- Figures of the ledger as they were at the end of a day, so that the first page can
-- show how they moved. One row for each facility, figure and day; sums over
-- facilities are made when read. The row of a running day holds its last count.
CREATE TABLE asset_figure_day (
  facility_id  TEXT NOT NULL,
  name         TEXT NOT NULL,            -- see asset.Figure
  day          TEXT NOT NULL,            -- 2006-01-02 in Japan
  value        BIGINT NOT NULL,
  taken_ms     BIGINT NOT NULL,
  PRIMARY KEY (facility_id, name, day)
);
CREATE INDEX asset_figure_day_day ON asset_figure_day (day);
