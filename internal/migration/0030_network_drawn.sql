-- +goose Up
-- What people moved on the map, and the numbers of its revisions.
CREATE TABLE network_spot (
    facility_id TEXT NOT NULL,
    box_key TEXT NOT NULL,
    x BIGINT NOT NULL,
    y BIGINT NOT NULL,
    moved_by TEXT NOT NULL,
    moved_ms BIGINT NOT NULL,
    PRIMARY KEY (facility_id, box_key)
);

CREATE TABLE network_revision (
    facility_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    content_hash TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    PRIMARY KEY (facility_id, number)
);
