-- Cases of procedures: where each stands, who acted, what is due, who was told.
-- Ids are fn_id_new() texts, moments are microseconds since 1970, dates "YYYY-MM-DD" in China, flags are 0 or 1.

-- migration: 1 cases
CREATE TABLE work_case (
	id TEXT PRIMARY KEY,
	procedure TEXT NOT NULL,
	state TEXT NOT NULL,
	subject TEXT NOT NULL,
	form TEXT NOT NULL, -- JSON object
	parties TEXT NOT NULL, -- JSON object, party to organization
	revision BIGINT NOT NULL, -- raised by every step; the number of the last history entry
	opened_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	ended BIGINT NOT NULL -- 1 once no step leads on
);
CREATE INDEX work_case_by_subject ON work_case (procedure, subject, ended);

-- Which offices the next step waits for; written anew at every step. organization is empty where any of the kind may act.
CREATE TABLE work_waiting (
	case_id TEXT NOT NULL REFERENCES work_case (id),
	organization TEXT NOT NULL,
	organization_kind TEXT NOT NULL, -- "regulator:police" where only a regulator of that authority may
	office TEXT NOT NULL,
	PRIMARY KEY (case_id, organization, organization_kind, office)
);
CREATE INDEX work_waiting_by_organization ON work_waiting (organization, organization_kind);

-- What happened. Only ever added to.
CREATE TABLE work_history (
	case_id TEXT NOT NULL REFERENCES work_case (id),
	number BIGINT NOT NULL, -- 1, 2, … without gaps
	at BIGINT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('open', 'step', 'clock')),
	step TEXT NOT NULL, -- the clock's name for kind clock
	from_state TEXT NOT NULL,
	to_state TEXT NOT NULL,
	role TEXT NOT NULL, -- of the procedure; empty for kind clock
	office TEXT NOT NULL,
	account TEXT NOT NULL,
	person TEXT NOT NULL,
	name TEXT NOT NULL,
	organization TEXT NOT NULL,
	say TEXT, -- the reason given, or what a clock did
	changes TEXT, -- JSON object, the form fields that this step set; for kind open {form, parties, subject, procedure}
	PRIMARY KEY (case_id, number)
);

CREATE TABLE work_clock (
	case_id TEXT NOT NULL REFERENCES work_case (id),
	name TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'stopped')),
	from_on TEXT NOT NULL, -- the day from which days count
	days BIGINT NOT NULL, -- working days in all, or what was left when it was paused
	due_on TEXT NOT NULL,
	provisional BIGINT NOT NULL, -- 1 while a year on the way has no notice
	extended BIGINT NOT NULL,
	warned BIGINT NOT NULL,
	late BIGINT NOT NULL,
	PRIMARY KEY (case_id, name)
);
CREATE INDEX work_clock_by_state ON work_clock (state, due_on);

CREATE TABLE work_notice (
	id TEXT PRIMARY KEY,
	case_id TEXT NOT NULL REFERENCES work_case (id),
	organization TEXT NOT NULL, -- empty where any of the kind is told
	organization_kind TEXT NOT NULL,
	office TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('step', 'near', 'overdue', 'recomputed')),
	about TEXT NOT NULL, -- the step or the clock
	at BIGINT NOT NULL
);
CREATE INDEX work_notice_by_organization ON work_notice (organization, organization_kind, id);

-- What was late, once for each due date.
CREATE TABLE work_finding (
	case_id TEXT NOT NULL REFERENCES work_case (id),
	finding TEXT NOT NULL,
	clock TEXT NOT NULL,
	due_on TEXT NOT NULL,
	found_at BIGINT NOT NULL,
	PRIMARY KEY (case_id, finding, clock, due_on)
);
-- sqlite:
CREATE TRIGGER work_history_kept BEFORE UPDATE ON work_history BEGIN
	SELECT RAISE(ABORT, 'the history of a case is only added to');
END;
CREATE TRIGGER work_history_undeleted BEFORE DELETE ON work_history BEGIN
	SELECT RAISE(ABORT, 'the history of a case is only added to');
END;
-- postgres:
CREATE FUNCTION work_history_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the history of a case is only added to';
END;
$$;
CREATE TRIGGER work_history_kept BEFORE UPDATE OR DELETE ON work_history
	FOR EACH ROW EXECUTE FUNCTION work_history_kept();

-- migration: 2 moments, signatures, attachments
-- Moments are asked for by index: 9223372036854775807 is never, 0 what the clock has not worked out yet.
ALTER TABLE work_case ADD COLUMN due_at BIGINT NOT NULL DEFAULT 9223372036854775807; -- the soonest of the running clocks
ALTER TABLE work_waiting ADD COLUMN due_at BIGINT NOT NULL DEFAULT 9223372036854775807; -- the case's
DROP INDEX work_waiting_by_organization;
CREATE INDEX work_waiting_by_seat ON work_waiting (organization, organization_kind, office, due_at, case_id);

ALTER TABLE work_history ADD COLUMN on_behalf TEXT; -- the account whose delegated office it was
ALTER TABLE work_history ADD COLUMN on_behalf_person TEXT;
ALTER TABLE work_history ADD COLUMN on_behalf_name TEXT;
ALTER TABLE work_history ADD COLUMN reason TEXT; -- id of a reason that the procedure offers
ALTER TABLE work_history ADD COLUMN signed TEXT; -- SM3 of what the actor saw and confirmed, hexadecimal
ALTER TABLE work_history ADD COLUMN seen TEXT; -- JSON list of the attachments then on the case, for steps that ask for any
ALTER TABLE work_history ADD COLUMN linked TEXT; -- cases that the step opened, or whose step opened this one; separated by blanks

ALTER TABLE work_clock ADD COLUMN unit TEXT NOT NULL DEFAULT 'working_day'; -- working_day, day, hour; days counts it, for hours seconds
ALTER TABLE work_clock ADD COLUMN from_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE work_clock ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0; -- from this moment on it is late
ALTER TABLE work_clock ADD COLUMN look_at BIGINT NOT NULL DEFAULT 0; -- when the tick has to look next
UPDATE work_clock SET look_at = 9223372036854775807 WHERE state <> 'running';
CREATE INDEX work_clock_by_look ON work_clock (look_at, case_id);

-- Only ever added to.
CREATE TABLE work_attachment (
	id TEXT PRIMARY KEY,
	case_id TEXT NOT NULL REFERENCES work_case (id),
	kind TEXT NOT NULL, -- as steps ask for it
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	size BIGINT NOT NULL,
	digest TEXT NOT NULL, -- SM3 of the bytes, hexadecimal
	bytes BLOB NOT NULL,
	at BIGINT NOT NULL,
	account TEXT NOT NULL,
	organization TEXT NOT NULL
);
CREATE INDEX work_attachment_by_case ON work_attachment (case_id, id);

-- What the engine last did by, such as the calendar.
CREATE TABLE work_mark (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
-- sqlite:
CREATE TRIGGER work_attachment_kept BEFORE UPDATE ON work_attachment BEGIN
	SELECT RAISE(ABORT, 'the attachments of a case are only added to');
END;
CREATE TRIGGER work_attachment_undeleted BEFORE DELETE ON work_attachment BEGIN
	SELECT RAISE(ABORT, 'the attachments of a case are only added to');
END;
-- postgres:
CREATE FUNCTION work_attachment_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the attachments of a case are only added to';
END;
$$;
CREATE TRIGGER work_attachment_kept BEFORE UPDATE OR DELETE ON work_attachment
	FOR EACH ROW EXECUTE FUNCTION work_attachment_kept();

-- migration: 3 claims, parties
-- Who works on a case, one for each organization in it. It gives no right.
CREATE TABLE work_claim (
	case_id TEXT NOT NULL REFERENCES work_case (id),
	organization TEXT NOT NULL,
	account TEXT NOT NULL,
	name TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (case_id, organization)
);
CREATE INDEX work_claim_by_account ON work_claim (account, case_id);

-- The organizations of a case, for lists; what each is stands in the case.
CREATE TABLE work_party (
	organization TEXT NOT NULL,
	case_id TEXT NOT NULL REFERENCES work_case (id),
	PRIMARY KEY (organization, case_id)
);
-- sqlite:
INSERT INTO work_party (organization, case_id)
SELECT DISTINCT json_each.value, work_case.id FROM work_case, json_each(work_case.parties);
-- postgres:
INSERT INTO work_party (organization, case_id)
SELECT DISTINCT party.value, work_case.id FROM work_case, json_each_text(work_case.parties::json) AS party;

-- name: add_case
INSERT INTO work_case (id, procedure, state, subject, form, parties, revision, opened_at, changed_at, ended)
VALUES (:id, :procedure, :state, :subject, :form, :parties, 1, :now, :now, 0);

-- name: case_locked
-- sqlite:
SELECT procedure, state, subject, form, parties, revision, opened_at, ended FROM work_case WHERE id = :id;
-- postgres:
SELECT procedure, state, subject, form, parties, revision, opened_at, ended FROM work_case WHERE id = :id FOR UPDATE;

-- name: case_read
SELECT procedure, state, subject, form, parties, revision, opened_at, ended FROM work_case WHERE id = :id;

-- name: open_case_of_subject
SELECT id FROM work_case WHERE procedure = :procedure AND subject = :subject AND ended = 0 LIMIT 1;

-- name: cases_in
SELECT id FROM work_case WHERE procedure = :procedure AND state = :state AND ended = 0 ORDER BY id;

-- name: standing
SELECT DISTINCT procedure, state FROM work_case WHERE ended = 0;

-- name: lock_subject
-- sqlite:
SELECT :subject;
-- postgres:
SELECT pg_advisory_xact_lock(hashtext(:subject))::text;

-- name: move_case
UPDATE work_case SET state = :state, form = :form, due_at = :due, revision = revision + 1, changed_at = :now, ended = :ended
WHERE id = :id AND revision = :revision;

-- name: clear_waiting
DELETE FROM work_waiting WHERE case_id = :id;

-- name: add_waiting
INSERT INTO work_waiting (case_id, organization, organization_kind, office, due_at) VALUES (:id, :organization, :kind, :office, :due)
ON CONFLICT DO NOTHING;

-- name: waiting
SELECT organization, organization_kind, office FROM work_waiting WHERE case_id = :id ORDER BY organization, organization_kind, office;

-- name: add_history
INSERT INTO work_history (case_id, number, at, kind, step, from_state, to_state, role, office, account, person, name, organization, say, changes,
	on_behalf, on_behalf_person, on_behalf_name, reason, signed, seen, linked)
VALUES (:id, :number, :at, :kind, :step, :from, :to, :role, :office, :account, :person, :name, :organization, :say, :changes,
	:on_behalf, :on_behalf_person, :on_behalf_name, :reason, :signed, :seen, :linked);

-- name: history
SELECT number, at, kind, step, from_state, to_state, role, office, account, person, name, organization, say, changes,
	on_behalf, on_behalf_person, on_behalf_name, reason, signed, seen, linked
FROM work_history WHERE case_id = :id ORDER BY number;

-- name: set_clock
INSERT INTO work_clock (case_id, name, state, from_on, days, due_on, provisional, extended, warned, late, unit, from_at, due_at, look_at)
VALUES (:id, :name, :state, :from, :days, :due, :provisional, :extended, :warned, :late, :unit, :from_at, :due_at, :look_at)
ON CONFLICT (case_id, name) DO UPDATE SET state = excluded.state, from_on = excluded.from_on, days = excluded.days,
	due_on = excluded.due_on, provisional = excluded.provisional, extended = excluded.extended, warned = excluded.warned,
	late = excluded.late, unit = excluded.unit, from_at = excluded.from_at, due_at = excluded.due_at, look_at = excluded.look_at;

-- name: clocks
SELECT name, state, from_on, days, due_on, provisional, extended, warned, late, unit, from_at, due_at FROM work_clock
WHERE case_id = :id ORDER BY name;

-- name: set_due
UPDATE work_case SET due_at = :due WHERE id = :id;

-- name: set_waiting_due
UPDATE work_waiting SET due_at = :due WHERE case_id = :id;

-- name: cases_to_look_at
SELECT DISTINCT case_id FROM work_clock WHERE look_at <= :now AND case_id > :after ORDER BY case_id LIMIT 1000;

-- name: clocks_by_calendar
SELECT case_id, name, from_on, days, due_on, provisional FROM work_clock
WHERE (case_id, name) > (:case, :name) AND state = 'running' AND unit = 'working_day' ORDER BY case_id, name LIMIT 5000;

-- name: mark
SELECT value FROM work_mark WHERE name = :name;

-- name: set_mark
INSERT INTO work_mark (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: waiting_for_seat
SELECT case_id, due_at FROM work_waiting
WHERE organization = :organization AND organization_kind = :kind AND office = :office AND (due_at, case_id) > (:due, :case)
ORDER BY due_at, case_id LIMIT :limit;

-- name: attachments
SELECT id, kind, name, media_type, size, digest, at, account, organization FROM work_attachment WHERE case_id = :case ORDER BY id;

-- name: add_attachment
INSERT INTO work_attachment (id, case_id, kind, name, media_type, size, digest, bytes, at, account, organization)
VALUES (:id, :case, :kind, :name, :media_type, :size, :digest, :bytes, :at, :account, :organization);

-- name: add_notice
INSERT INTO work_notice (id, case_id, organization, organization_kind, office, kind, about, at)
VALUES (:id, :case, :organization, :organization_kind, :office, :kind, :about, :at);

-- name: notices
SELECT n.id AS id, n.case_id AS case_id, n.office AS office, n.kind AS kind, n.about AS about, n.at AS at, c.procedure AS procedure, c.subject AS subject
FROM work_notice n JOIN work_case c ON c.id = n.case_id
WHERE (n.organization = :organization AND n.organization_kind = '') OR (n.organization = '' AND n.organization_kind IN (:kind, :authority))
ORDER BY n.at DESC, n.id DESC LIMIT 1000;

-- name: add_finding
INSERT INTO work_finding (case_id, finding, clock, due_on, found_at) VALUES (:id, :finding, :clock, :due, :now) ON CONFLICT DO NOTHING;

-- name: add_party
INSERT INTO work_party (organization, case_id) VALUES (:organization, :case) ON CONFLICT DO NOTHING;

-- name: cases_of
SELECT c.id AS id FROM work_party p JOIN work_case c ON c.id = p.case_id
WHERE p.organization = :organization AND p.case_id < :before AND (:procedure = '' OR c.procedure = :procedure) AND (:state = '' OR c.state = :state)
ORDER BY p.case_id DESC LIMIT :limit;

-- name: cases_all
SELECT id FROM work_case
WHERE id < :before AND (:procedure = '' OR procedure = :procedure) AND (:state = '' OR state = :state)
ORDER BY id DESC LIMIT :limit;

-- name: claims
SELECT organization, account, name, at FROM work_claim WHERE case_id = :case ORDER BY organization;

-- name: claimed_by
SELECT account FROM work_claim WHERE case_id = :case AND organization = :organization;

-- name: set_claim
INSERT INTO work_claim (case_id, organization, account, name, at) VALUES (:case, :organization, :account, :name, :now)
ON CONFLICT (case_id, organization) DO UPDATE SET account = excluded.account, name = excluded.name, at = excluded.at;

-- name: drop_claim
DELETE FROM work_claim WHERE case_id = :case AND organization = :organization;

-- name: open_claims
SELECT l.case_id AS id FROM work_claim l JOIN work_case c ON c.id = l.case_id
WHERE l.account = :account AND c.ended = 0 AND l.case_id > :after ORDER BY l.case_id LIMIT 1000;

-- name: count_open_claims
SELECT COUNT(*) FROM work_claim l JOIN work_case c ON c.id = l.case_id WHERE l.account = :account AND c.ended = 0;

-- name: attachment
SELECT id, kind, name, media_type, size, digest, at, account, organization, bytes FROM work_attachment WHERE id = :id AND case_id = :case;

-- name: count_attachments
SELECT COUNT(*) FROM work_attachment WHERE case_id = :case;
