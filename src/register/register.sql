-- Record books: the records of the registers that rules/registers/ declares, what became of them, and by what they are found.
-- Ids are fn_id_new() texts, moments are microseconds since 1970, dates "YYYY-MM-DD" in China, flags are 0 or 1.

-- migration: 1 registers
-- One row; the last number that was given.
CREATE TABLE register_counter (
	name TEXT PRIMARY KEY,
	value BIGINT NOT NULL
);

CREATE TABLE register_record (
	number BIGINT PRIMARY KEY, -- rises with birth; what register_term points at
	id TEXT NOT NULL UNIQUE,
	register TEXT NOT NULL,
	scope TEXT NOT NULL, -- in which its key is unique: an organization, or empty for a book of the city
	organization TEXT NOT NULL, -- whose it is; in a book of the city whom it is about, or empty
	record_key TEXT NOT NULL, -- values of the key's fields, with ' / ' between
	state TEXT NOT NULL CHECK (state IN ('active', 'closed')),
	revision BIGINT NOT NULL, -- raised by every change; the number of the last history entry
	due_on TEXT NOT NULL, -- the last day on which it is good; '9999-12-31' when closed or for ever
	body TEXT NOT NULL, -- canonical JSON of its values
	content TEXT NOT NULL, -- folded text that is searched
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX register_record_one_of_a_key ON register_record (register, scope, record_key) WHERE state = 'active';
CREATE INDEX register_record_by_key ON register_record (register, record_key, number);
CREATE INDEX register_record_by_due ON register_record (register, due_on, number);
CREATE INDEX register_record_of_by_key ON register_record (register, organization, record_key, number);
CREATE INDEX register_record_of_by_due ON register_record (register, organization, due_on, number);

-- What happened. Only ever added to.
CREATE TABLE register_history (
	record TEXT NOT NULL,
	number BIGINT NOT NULL, -- 1, 2, … without gaps
	at BIGINT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('add', 'change', 'close')),
	account TEXT NOT NULL,
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	organization TEXT NOT NULL, -- of who did it
	say TEXT, -- the reason given, or the case that did it
	changes TEXT NOT NULL, -- canonical JSON, the values that were set; null where one was taken away
	PRIMARY KEY (record, number)
);

-- How due dates were computed when they were stored; another rule means that they are computed anew.
CREATE TABLE register_renewal (
	register TEXT PRIMARY KEY,
	rule TEXT NOT NULL
);
-- Inverted index. A term is a number made of register, field and value, or of register and a few characters of searched text; what two
-- of them share by accident is told apart in the record.
-- sqlite:
CREATE TABLE register_term (
	term BIGINT NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (term, number)
) WITHOUT ROWID;
CREATE TRIGGER register_history_kept BEFORE UPDATE ON register_history BEGIN
	SELECT RAISE(ABORT, 'the history of a record is only added to');
END;
CREATE TRIGGER register_history_undeleted BEFORE DELETE ON register_history BEGIN
	SELECT RAISE(ABORT, 'the history of a record is only added to');
END;
-- postgres:
CREATE TABLE register_term (
	term BIGINT NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (term, number)
);
CREATE FUNCTION register_history_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the history of a record is only added to';
END;
$$;
CREATE TRIGGER register_history_kept BEFORE UPDATE OR DELETE ON register_history
	FOR EACH ROW EXECUTE FUNCTION register_history_kept();

-- name: next_number
INSERT INTO register_counter (name, value) VALUES ('record', 1)
ON CONFLICT (name) DO UPDATE SET value = register_counter.value + 1
RETURNING value;

-- name: lock_register
-- sqlite:
SELECT :register;
-- postgres:
SELECT pg_advisory_xact_lock(hashtext('register/' || :register))::text;

-- name: add_record
INSERT INTO register_record (number, id, register, scope, organization, record_key, state, revision, due_on, body, content, created_at, changed_at)
VALUES (:number, :id, :register, :scope, :organization, :key, 'active', 1, :due, :body, :content, :now, :now);

-- name: change_record
UPDATE register_record SET organization = :organization, record_key = :key, revision = :revision, due_on = :due, body = :body,
	content = :content, changed_at = :now
WHERE id = :id AND state = 'active' AND revision = :revision - 1;

-- name: close_record
UPDATE register_record SET state = 'closed', revision = :revision, due_on = '9999-12-31', changed_at = :now
WHERE id = :id AND state = 'active' AND revision = :revision - 1;

-- name: set_due
UPDATE register_record SET due_on = :due, content = :content WHERE number = :number;

-- name: add_terms
-- sqlite:
INSERT INTO register_term (term, number) SELECT value, :number FROM json_each(:terms) WHERE 1 ON CONFLICT DO NOTHING;
-- postgres:
INSERT INTO register_term (term, number) SELECT value::bigint, :number FROM json_array_elements_text(CAST(:terms AS json)) ON CONFLICT DO NOTHING;

-- name: drop_terms
-- sqlite:
DELETE FROM register_term WHERE number = :number AND term IN (SELECT value FROM json_each(:terms));
-- postgres:
DELETE FROM register_term WHERE number = :number AND term IN (SELECT value::bigint FROM json_array_elements_text(CAST(:terms AS json)));

-- name: add_history
INSERT INTO register_history (record, number, at, kind, account, person, name, organization, say, changes)
VALUES (:record, :number, :at, :kind, :account, :person, :name, :organization, :say, :changes);

-- name: history
SELECT number, at, kind, account, person, name, organization, say, changes FROM register_history
WHERE record = :record AND number > :after ORDER BY number LIMIT :most;

-- name: record
SELECT number, id, organization, record_key, state, revision, due_on, body, content, created_at, changed_at FROM register_record
WHERE id = :id AND register = :register;

-- name: record_by_key
SELECT number, id, organization, record_key, state, revision, due_on, body, content, created_at, changed_at FROM register_record
WHERE register = :register AND scope = :scope AND record_key = :key AND state = 'active';

-- name: with_term
SELECT r.id AS id, r.body AS body FROM register_term t JOIN register_record r ON r.number = t.number
WHERE t.term = :term AND r.register = :register AND r.state = 'active';

-- name: count_term
SELECT COUNT(*) FROM (SELECT 1 FROM register_term WHERE term = :term LIMIT :most) few;

-- Few records have the rarest term: these are read and put in order. PostgreSQL, which after five times plans without the values, expects one
-- record of the book to fit and compares each that does with all of these; LATERAL with its LIMIT leaves it nothing but the number.
-- name: few_by_key
-- sqlite:
WITH few AS MATERIALIZED (SELECT number FROM register_term WHERE term = :term1)
SELECT r.number, r.id, r.organization, r.record_key, r.state, r.revision, r.due_on, r.body, r.content, r.created_at, r.changed_at
FROM few JOIN register_record r ON r.number = few.number
WHERE r.register = :register AND (:organization = '' OR r.organization = :organization) AND r.due_on >= :from AND r.due_on <= :until
	AND (r.record_key > :after OR (r.record_key = :after AND r.number > :after_number))
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term2 AND t.number = r.number) > 0
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term3 AND t.number = r.number) > 0
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term4 AND t.number = r.number) > 0
ORDER BY r.record_key, r.number LIMIT :most;
-- postgres:
WITH few AS MATERIALIZED (SELECT number FROM register_term WHERE term = :term1)
SELECT r.number, r.id, r.organization, r.record_key, r.state, r.revision, r.due_on, r.body, r.content, r.created_at, r.changed_at
FROM few CROSS JOIN LATERAL (SELECT * FROM register_record WHERE number = few.number LIMIT 1) r
WHERE r.register = :register AND (:organization = '' OR r.organization = :organization) AND r.due_on >= :from AND r.due_on <= :until
	AND (r.record_key > :after OR (r.record_key = :after AND r.number > :after_number))
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term2 AND t.number = r.number) > 0
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term3 AND t.number = r.number) > 0
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term4 AND t.number = r.number) > 0
ORDER BY r.record_key, r.number LIMIT :most;

-- name: few_by_due
-- sqlite:
WITH few AS MATERIALIZED (SELECT number FROM register_term WHERE term = :term1)
SELECT r.number, r.id, r.organization, r.record_key, r.state, r.revision, r.due_on, r.body, r.content, r.created_at, r.changed_at
FROM few JOIN register_record r ON r.number = few.number
WHERE r.register = :register AND (:organization = '' OR r.organization = :organization) AND r.due_on >= :from AND r.due_on <= :until
	AND (r.due_on > :after OR (r.due_on = :after AND r.number > :after_number))
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term2 AND t.number = r.number) > 0
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term3 AND t.number = r.number) > 0
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term4 AND t.number = r.number) > 0
ORDER BY r.due_on, r.number LIMIT :most;
-- postgres:
WITH few AS MATERIALIZED (SELECT number FROM register_term WHERE term = :term1)
SELECT r.number, r.id, r.organization, r.record_key, r.state, r.revision, r.due_on, r.body, r.content, r.created_at, r.changed_at
FROM few CROSS JOIN LATERAL (SELECT * FROM register_record WHERE number = few.number LIMIT 1) r
WHERE r.register = :register AND (:organization = '' OR r.organization = :organization) AND r.due_on >= :from AND r.due_on <= :until
	AND (r.due_on > :after OR (r.due_on = :after AND r.number > :after_number))
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term2 AND t.number = r.number) > 0
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term3 AND t.number = r.number) > 0
	AND (SELECT COUNT(*) FROM register_term t WHERE t.term = :term4 AND t.number = r.number) > 0
ORDER BY r.due_on, r.number LIMIT :most;

-- Many have it: a stretch of the book is walked in order, one by due date from :after on, which is never before the first day asked for. :terms is how many of the four count.
-- By due date the numbers are chosen first and only a page of records is read: a day may have thousands that do not fit.
-- name: walk_by_key
SELECT r.number, r.id, r.organization, r.record_key, r.state, r.revision, r.due_on, r.body, r.content, r.created_at, r.changed_at
FROM (SELECT number, record_key FROM register_record
	WHERE register = :register AND (record_key, number) > (:after, :after_number)
	ORDER BY record_key, number LIMIT :span) w
JOIN register_record r ON r.number = w.number
WHERE r.due_on >= :from AND r.due_on <= :until
	AND (:terms < 1 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term1 AND t.number = w.number) > 0)
	AND (:terms < 2 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term2 AND t.number = w.number) > 0)
	AND (:terms < 3 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term3 AND t.number = w.number) > 0)
	AND (:terms < 4 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term4 AND t.number = w.number) > 0)
ORDER BY w.record_key, w.number LIMIT :most;

-- name: walk_of_by_key
SELECT r.number, r.id, r.organization, r.record_key, r.state, r.revision, r.due_on, r.body, r.content, r.created_at, r.changed_at
FROM (SELECT number, record_key FROM register_record
	WHERE register = :register AND organization = :organization AND (record_key, number) > (:after, :after_number)
	ORDER BY record_key, number LIMIT :span) w
JOIN register_record r ON r.number = w.number
WHERE r.due_on >= :from AND r.due_on <= :until
	AND (:terms < 1 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term1 AND t.number = w.number) > 0)
	AND (:terms < 2 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term2 AND t.number = w.number) > 0)
	AND (:terms < 3 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term3 AND t.number = w.number) > 0)
	AND (:terms < 4 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term4 AND t.number = w.number) > 0)
ORDER BY w.record_key, w.number LIMIT :most;

-- name: walk_by_due
SELECT r.number, r.id, r.organization, r.record_key, r.state, r.revision, r.due_on, r.body, r.content, r.created_at, r.changed_at
FROM (SELECT s.number, s.due_on
	FROM (SELECT number, due_on FROM register_record
		WHERE register = :register AND (due_on, number) > (:after, :after_number) AND due_on <= :until
		ORDER BY due_on, number LIMIT :span) s
	WHERE (:terms < 1 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term1 AND t.number = s.number) > 0)
		AND (:terms < 2 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term2 AND t.number = s.number) > 0)
		AND (:terms < 3 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term3 AND t.number = s.number) > 0)
		AND (:terms < 4 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term4 AND t.number = s.number) > 0)
	ORDER BY s.due_on, s.number LIMIT :most) w
JOIN register_record r ON r.number = w.number
ORDER BY w.due_on, w.number;

-- name: walk_of_by_due
SELECT r.number, r.id, r.organization, r.record_key, r.state, r.revision, r.due_on, r.body, r.content, r.created_at, r.changed_at
FROM (SELECT s.number, s.due_on
	FROM (SELECT number, due_on FROM register_record
		WHERE register = :register AND organization = :organization AND (due_on, number) > (:after, :after_number) AND due_on <= :until
		ORDER BY due_on, number LIMIT :span) s
	WHERE (:terms < 1 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term1 AND t.number = s.number) > 0)
		AND (:terms < 2 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term2 AND t.number = s.number) > 0)
		AND (:terms < 3 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term3 AND t.number = s.number) > 0)
		AND (:terms < 4 OR (SELECT COUNT(*) FROM register_term t WHERE t.term = :term4 AND t.number = s.number) > 0)
	ORDER BY s.due_on, s.number LIMIT :most) w
JOIN register_record r ON r.number = w.number
ORDER BY w.due_on, w.number;

-- Where such a stretch ends; no row when the book ends before.
-- name: end_by_key
SELECT record_key AS place, number FROM register_record
WHERE register = :register AND (record_key, number) > (:after, :after_number)
ORDER BY record_key, number LIMIT 1 OFFSET :span - 1;

-- name: end_of_by_key
SELECT record_key AS place, number FROM register_record
WHERE register = :register AND organization = :organization AND (record_key, number) > (:after, :after_number)
ORDER BY record_key, number LIMIT 1 OFFSET :span - 1;

-- name: end_by_due
SELECT due_on AS place, number FROM register_record
WHERE register = :register AND (due_on, number) > (:after, :after_number) AND due_on <= :until
ORDER BY due_on, number LIMIT 1 OFFSET :span - 1;

-- name: end_of_by_due
SELECT due_on AS place, number FROM register_record
WHERE register = :register AND organization = :organization AND (due_on, number) > (:after, :after_number)
	AND due_on <= :until
ORDER BY due_on, number LIMIT 1 OFFSET :span - 1;

-- name: renewal
SELECT rule FROM register_renewal WHERE register = :register;

-- name: set_renewal
INSERT INTO register_renewal (register, rule) VALUES (:register, :rule)
ON CONFLICT (register) DO UPDATE SET rule = excluded.rule;

-- name: to_renew
SELECT number, body, created_at FROM register_record WHERE register = :register AND state = 'active' AND number > :after
ORDER BY number LIMIT :most;

-- name: organizations_of
SELECT id FROM organization WHERE kind = :kind AND state = 'active' ORDER BY id;

-- name: organization_name
SELECT name FROM organization WHERE id = :id;

-- name: organization_active
SELECT id FROM organization WHERE id = :value AND state = 'active';

-- name: organization_named
SELECT id FROM organization WHERE name = :value AND state = 'active';

-- What a value may point at: its id, for the value as people write it; empty :organization means any.
-- name: person
SELECT id FROM account WHERE id = :value AND state = 'active' AND (:organization = '' OR organization = :organization);

-- name: person_login
SELECT id FROM account WHERE login = :value AND state = 'active' AND (:organization = '' OR organization = :organization);

-- name: person_named
SELECT a.id AS id FROM person p JOIN account a ON a.person = p.id
WHERE p.organization = :organization AND p.real_name = :value AND a.state = 'active';

-- name: person_name
SELECT p.real_name FROM account a JOIN person p ON p.id = a.person WHERE a.id = :id;

-- name: system
SELECT id FROM system WHERE id = :value AND state = 'active' AND (:organization = '' OR organization = :organization);

-- name: system_named
SELECT id FROM system WHERE name = :value AND state = 'active' AND organization = :organization;

-- name: system_name
SELECT name FROM system WHERE id = :id;

-- name: resource
SELECT code AS id FROM resource WHERE code = :value;

-- name: grant
SELECT id FROM sharing_grant WHERE id = :value AND (:organization = '' OR provider = :organization OR consumer = :organization);

-- name: case
SELECT id FROM work_case WHERE id = :value;

-- name: key_of
SELECT record_key FROM register_record WHERE id = :id;
