-- The index of the ledger. It holds no text of the log: a term is a number (terms.c), a place is an entry's index.

-- migration: 1 index
-- One row: what is indexed.
CREATE TABLE audit_state (
	one BIGINT PRIMARY KEY CHECK (one = 1),
	next BIGINT NOT NULL, -- the first entry that is not indexed
	minimum BIGINT NOT NULL, -- pruned entries below are dropped
	anchor TEXT NOT NULL -- SHA-256 of the last entry indexed: another log has another
);
INSERT INTO audit_state (one, next, minimum, anchor) VALUES (1, 0, 0, '');

-- The entries of a block in which a term occurs (places.c says how they are written). A run is 32 blocks, so that new rows lie together.
-- sqlite:
CREATE TABLE audit_posting (
	run BIGINT NOT NULL,
	term BIGINT NOT NULL,
	block BIGINT NOT NULL,
	list BLOB NOT NULL,
	PRIMARY KEY (run, term, block)
) WITHOUT ROWID;
-- postgres:
CREATE TABLE audit_posting (
	run BIGINT NOT NULL,
	term BIGINT NOT NULL,
	block BIGINT NOT NULL,
	list BYTEA NOT NULL,
	PRIMARY KEY (run, term, block)
);
-- both:

-- When every 64th entry was made. Times never go back.
CREATE TABLE audit_moment (
	time BIGINT NOT NULL,
	entry BIGINT NOT NULL,
	PRIMARY KEY (time, entry)
);

-- name: state
SELECT next, minimum, anchor FROM audit_state WHERE one = 1;

-- name: set_state
UPDATE audit_state SET next = :next, minimum = :minimum, anchor = :anchor WHERE one = 1;

-- name: lock
-- sqlite:
SELECT next FROM audit_state WHERE one = 1;
-- postgres:
SELECT next FROM audit_state WHERE one = 1 FOR UPDATE;

-- PostgreSQL takes many rows of a run at once, as arrays: a statement each would be a round trip each. No (term, block) twice.
-- name: add
-- sqlite:
INSERT INTO audit_posting (run, term, block, list) VALUES (:run, :term, :block, :list)
	ON CONFLICT (run, term, block) DO UPDATE SET list = CAST(audit_posting.list || excluded.list AS BLOB);
-- postgres:
INSERT INTO audit_posting (run, term, block, list)
	SELECT CAST(:run AS BIGINT), t.term, t.block, t.list
	FROM unnest(CAST(:term AS BIGINT[]), CAST(:block AS BIGINT[]), CAST(:list AS BYTEA[])) AS t (term, block, list)
	ON CONFLICT (run, term, block) DO UPDATE SET list = audit_posting.list || excluded.list;

-- name: add_moment
-- sqlite:
INSERT INTO audit_moment (time, entry) VALUES (:time, :entry) ON CONFLICT (time, entry) DO NOTHING;
-- postgres:
INSERT INTO audit_moment (time, entry)
	SELECT t.time, t.entry FROM unnest(CAST(:time AS BIGINT[]), CAST(:entry AS BIGINT[])) AS t (time, entry)
	ON CONFLICT (time, entry) DO NOTHING;

-- name: blocks
SELECT block, list FROM audit_posting WHERE run = :run AND term = :term AND block <= :block ORDER BY block DESC LIMIT :most;

-- The same over several runs, down to :last: a term that is rare is looked for in many of them at once.
-- name: blocks_of_runs
WITH RECURSIVE wanted (run) AS (
	SELECT CAST(:run AS BIGINT)
	UNION ALL
	SELECT run - 1 FROM wanted WHERE run > :last
)
SELECT p.block AS block, p.list AS list FROM wanted CROSS JOIN audit_posting p
	WHERE p.run = wanted.run AND p.term = :term AND p.block <= :block ORDER BY p.block DESC LIMIT :most;

-- name: moment_before
SELECT entry FROM audit_moment WHERE time < :time ORDER BY time DESC, entry DESC LIMIT 1;

-- name: moment_from
SELECT entry FROM audit_moment WHERE time >= :time ORDER BY time, entry LIMIT 1;

-- name: rows_of_run
SELECT term, block, list FROM audit_posting WHERE run = :run AND (term > :term OR (term = :term AND block > :block))
	ORDER BY term, block LIMIT 500;

-- Those that grew step by step.
-- name: long_rows
SELECT term, block, list FROM audit_posting WHERE run = :run AND length(list) > :size LIMIT :most;

-- name: set_list
UPDATE audit_posting SET list = :list WHERE run = :run AND term = :term AND block = :block;

-- name: delete_row
DELETE FROM audit_posting WHERE run = :run AND term = :term AND block = :block;

-- name: empty_postings
-- sqlite:
DELETE FROM audit_posting;
-- postgres:
TRUNCATE audit_posting;

-- name: empty_moments
-- sqlite:
DELETE FROM audit_moment;
-- postgres:
TRUNCATE audit_moment;
