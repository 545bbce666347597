-- +goose Up
-- Figures of the first page as they were at the end of a day, so that it can show
-- how they moved. One row for each facility and department; sums are made when read.
CREATE TABLE figure_day (
  name         TEXT NOT NULL,            -- see review/figure
  facility_id  TEXT NOT NULL,
  department   TEXT NOT NULL,            -- empty: of no department
  day          TEXT NOT NULL,            -- 2006-01-02 in Japan
  value        BIGINT NOT NULL,
  taken_ms     BIGINT NOT NULL,
  PRIMARY KEY (name, facility_id, department, day)
);
CREATE INDEX figure_day_day ON figure_day (day);
