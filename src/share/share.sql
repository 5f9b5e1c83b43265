-- What the share path reads of the registry when its generation moved. Tables are those of people and catalog, but for one.

-- migration: 1 parts
-- What left of grants whose rows leave in groups (part.h). No value of a row is in here: "until" is sealed.
CREATE TABLE shared_part (
	grant_id TEXT NOT NULL,
	part BIGINT NOT NULL, -- 0 is the snapshot with which the plan was chosen
	plan TEXT NOT NULL, -- canonical JSON, as in src/disclosure/disclosure.h
	until TEXT NOT NULL, -- cursor of its last row
	pinned_at BIGINT NOT NULL,
	PRIMARY KEY (grant_id, part)
);

-- migration: 2 tables of counts
-- What was told of the tables of a grant (told.h). "answer" is sealed; what is withheld is not in it.
CREATE TABLE shared_table (
	grant_id TEXT NOT NULL,
	ordinal BIGINT NOT NULL, -- among the tables that the grant pins
	answer TEXT NOT NULL,
	counted_at BIGINT NOT NULL,
	PRIMARY KEY (grant_id, ordinal)
);
CREATE TABLE shared_budget (
	grant_id TEXT PRIMARY KEY,
	budget TEXT NOT NULL -- as fn_budget_text() writes it
);
-- Where increments leave jointly: the digest of the file that says what left so far (released.h).
ALTER TABLE shared_part ADD COLUMN released TEXT;

-- name: parts
SELECT plan, until, released FROM shared_part WHERE grant_id = :grant_id ORDER BY part;

-- name: add_part
INSERT INTO shared_part (grant_id, part, plan, until, released, pinned_at) VALUES (:grant_id, :part, :plan, :until, :released, :now);

-- name: table
SELECT answer, counted_at FROM shared_table WHERE grant_id = :grant_id AND ordinal = :ordinal;

-- Changes nothing where another answer than the one of :before stands.
-- name: set_table
INSERT INTO shared_table (grant_id, ordinal, answer, counted_at) VALUES (:grant_id, :ordinal, :answer, :now)
ON CONFLICT (grant_id, ordinal) DO UPDATE SET answer = excluded.answer, counted_at = excluded.counted_at
	WHERE shared_table.counted_at = :before;

-- name: open_budget
INSERT INTO shared_budget (grant_id, budget) VALUES (:grant_id, :budget) ON CONFLICT (grant_id) DO NOTHING;

-- name: budget
SELECT budget FROM shared_budget WHERE grant_id = :grant_id;

-- Changes nothing where somebody spent meanwhile.
-- name: spend
UPDATE shared_budget SET budget = :after WHERE grant_id = :grant_id AND budget = :before;

-- name: sources
SELECT id, spec FROM source WHERE state = 'active';

-- name: systems
SELECT id, organization, name, state FROM system;

-- name: certificates
SELECT fingerprint, system, revoked_at FROM certificate;

-- name: operators
SELECT o.system, o.account FROM system_operator o JOIN account a ON a.id = o.account WHERE a.state = 'active' AND a.lapsed_at IS NULL ORDER BY o.system, o.account;

-- "offered" is what others get while a newer version is being worked on.
-- name: resources
SELECT code, organization, offered, sharing_type, level FROM resource;

-- name: grants
SELECT id, state, content, signature FROM sharing_grant;

-- For explain: the certificate with which a system would call, or the one that is asked about.
-- name: good_certificate
SELECT fingerprint, not_before, not_after FROM certificate WHERE system = :system AND revoked_at IS NULL ORDER BY not_after DESC LIMIT 1;

-- name: certificate
SELECT fingerprint, not_before, not_after FROM certificate WHERE fingerprint = :fingerprint;
