-- Batches that came in, and what comparisons of business databases with the pool gave. The rows themselves lie in the pool (pool.c).
-- Moments are microseconds, JSON is canonical. Nothing here repeats a value of a row.

-- migration: 1 intake
CREATE TABLE intake_batch (
	id TEXT PRIMARY KEY, -- the lineage id: rows of the pool carry it
	resource TEXT NOT NULL REFERENCES resource (code),
	organization TEXT NOT NULL REFERENCES organization (id), -- who vouches, and the account that did
	account TEXT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL, -- of the file, or empty
	received_at BIGINT NOT NULL,
	size BIGINT NOT NULL, -- bytes
	digest TEXT NOT NULL, -- SM3 of the file; empty where nothing may be kept of it
	attested_rows BIGINT NOT NULL,
	attested_digest TEXT NOT NULL,
	period TEXT NOT NULL, -- what time it is about, in the sender's words: 2026-11
	whole BIGINT NOT NULL, -- 1: it takes the place of all rows before it
	rows BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('pooled', 'quarantined', 'refused', 'released', 'discarded')),
	kept BIGINT NOT NULL, -- 1: its rows lie in the pool's file, so that it can be released
	reasons TEXT NOT NULL, -- [{rule, kind, field, count, rows}]
	measures TEXT NOT NULL, -- {rows, empty: {field: n}, scores: {kind: share}}
	alarms TEXT NOT NULL, -- [{rule, kind, field, now, mean}]
	decided_by TEXT REFERENCES account (id), -- released or discarded
	decided_at BIGINT,
	decision TEXT
);
CREATE INDEX intake_batch_by_resource ON intake_batch (resource, received_at);
CREATE INDEX intake_batch_by_organization ON intake_batch (organization, received_at);
CREATE INDEX intake_batch_by_state ON intake_batch (state, received_at);

CREATE TABLE intake_comparison (
	id TEXT PRIMARY KEY,
	resource TEXT NOT NULL REFERENCES resource (code),
	organization TEXT NOT NULL REFERENCES organization (id),
	at BIGINT NOT NULL,
	source_count BIGINT NOT NULL,
	source_digest TEXT NOT NULL, -- sum of the rows' SM3 modulo 2^256: no order
	pool_count BIGINT NOT NULL,
	pool_digest TEXT NOT NULL,
	agrees BIGINT NOT NULL
);
CREATE INDEX intake_comparison_by_resource ON intake_comparison (resource, at);

-- name: resource
SELECT code, organization, published_version FROM resource WHERE code = :code;

-- name: fields
SELECT name, title, element, column_name FROM field WHERE resource = :code AND version = :version ORDER BY ordinal;

-- name: binding
SELECT source, table_name FROM binding WHERE resource = :code AND version = :version AND ordinal = 0;

-- name: add_batch
INSERT INTO intake_batch (id, resource, organization, account, name, received_at, size, digest, attested_rows, attested_digest, period, whole,
	rows, state, kept, reasons, measures, alarms)
VALUES (:id, :resource, :organization, :account, :name, :now, :size, :digest, :attested_rows, :attested_digest, :period, :whole,
	:rows, :state, :kept, :reasons, :measures, :alarms);

-- name: state
SELECT state FROM intake_batch WHERE id = :id;

-- name: batch
SELECT id, resource, organization, account, name, received_at, size, digest, attested_rows, attested_digest, period, whole, rows, state,
	kept, reasons, measures, alarms, decided_by, decided_at, decision
FROM intake_batch WHERE id = :id;

-- Ids rise with time, so the last one seen is where a page goes on.
-- name: batches
SELECT id, resource, organization, account, name, received_at, size, digest, attested_rows, attested_digest, period, whole, rows, state,
	kept, reasons, measures, alarms, decided_by, decided_at, decision
FROM intake_batch
WHERE (:organization = '' OR organization = :organization) AND (:resource = '' OR resource = :resource)
	AND (:state = '' OR state = :state) AND (:before = '' OR id < :before)
ORDER BY id DESC LIMIT :most;

-- What drift is held against.
-- name: last_measures
SELECT measures FROM intake_batch WHERE resource = :resource AND state IN ('pooled', 'released') ORDER BY received_at DESC, id DESC LIMIT 5;

-- What came in already: the same file about the same time.
-- name: same_file
SELECT COUNT(*) FROM intake_batch WHERE resource = :resource AND digest = :digest AND period = :period AND state IN ('pooled', 'released');

-- name: newer
SELECT COUNT(*) FROM intake_batch WHERE resource = :resource AND state IN ('pooled', 'released') AND id > :id;

-- name: decide
UPDATE intake_batch SET state = :state, decided_by = :account, decided_at = :now, decision = :reason
WHERE id = :id AND state = 'quarantined';

-- name: lineage
SELECT b.id, b.organization, o.name AS organization_name, b.account, b.received_at, b.digest, b.period, b.state
FROM intake_batch b JOIN organization o ON o.id = b.organization WHERE b.id = :id;

-- name: add_comparison
INSERT INTO intake_comparison (id, resource, organization, at, source_count, source_digest, pool_count, pool_digest, agrees)
VALUES (:id, :resource, :organization, :now, :source_count, :source_digest, :pool_count, :pool_digest, :agrees);
