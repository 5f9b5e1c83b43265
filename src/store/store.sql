-- Which migrations a database has seen. Made by fn_db_migrate() before it reads it.

-- name: make_versions
CREATE TABLE IF NOT EXISTS schema_version (
	room TEXT NOT NULL,
	number BIGINT NOT NULL,
	title TEXT NOT NULL,
	applied_at BIGINT NOT NULL, -- microseconds since 1970
	PRIMARY KEY (room, number)
);

-- name: lock_versions
-- sqlite:
SELECT 1;
-- postgres:
SELECT pg_advisory_xact_lock(4849170);

-- name: version
SELECT MAX(number) AS number FROM schema_version WHERE room = :room;

-- name: versions
SELECT COUNT(*) AS number FROM schema_version;

-- name: add_version
INSERT INTO schema_version (room, number, title, applied_at) VALUES (:room, :number, :title, :applied_at);
