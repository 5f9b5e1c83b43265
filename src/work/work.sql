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
	organization_kind TEXT NOT NULL,
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
UPDATE work_case SET state = :state, form = :form, revision = revision + 1, changed_at = :now, ended = :ended
WHERE id = :id AND revision = :revision;

-- name: clear_waiting
DELETE FROM work_waiting WHERE case_id = :id;

-- name: add_waiting
INSERT INTO work_waiting (case_id, organization, organization_kind, office) VALUES (:id, :organization, :kind, :office)
ON CONFLICT DO NOTHING;

-- name: waiting
SELECT organization, organization_kind, office FROM work_waiting WHERE case_id = :id ORDER BY organization, organization_kind, office;

-- name: add_history
INSERT INTO work_history (case_id, number, at, kind, step, from_state, to_state, role, office, account, person, name, organization, say, changes)
VALUES (:id, :number, :at, :kind, :step, :from, :to, :role, :office, :account, :person, :name, :organization, :say, :changes);

-- name: history
SELECT number, at, kind, step, from_state, to_state, role, office, account, person, name, organization, say, changes
FROM work_history WHERE case_id = :id ORDER BY number;

-- name: set_clock
INSERT INTO work_clock (case_id, name, state, from_on, days, due_on, provisional, extended, warned, late)
VALUES (:id, :name, :state, :from, :days, :due, :provisional, :extended, :warned, :late)
ON CONFLICT (case_id, name) DO UPDATE SET state = excluded.state, from_on = excluded.from_on, days = excluded.days,
	due_on = excluded.due_on, provisional = excluded.provisional, extended = excluded.extended, warned = excluded.warned,
	late = excluded.late;

-- name: clocks
SELECT name, state, from_on, days, due_on, provisional, extended, warned, late FROM work_clock WHERE case_id = :id ORDER BY name;

-- name: cases_with_clocks
SELECT DISTINCT case_id FROM work_clock WHERE state = 'running' ORDER BY case_id;

-- name: inbox
SELECT DISTINCT c.id AS id FROM work_case c JOIN work_waiting w ON w.case_id = c.id
WHERE c.ended = 0 AND ((w.organization = :organization AND w.organization_kind = '') OR (w.organization = '' AND w.organization_kind = :kind))
ORDER BY c.id LIMIT 1000;

-- name: add_notice
INSERT INTO work_notice (id, case_id, organization, organization_kind, office, kind, about, at)
VALUES (:id, :case, :organization, :organization_kind, :office, :kind, :about, :at);

-- name: notices
SELECT n.id AS id, n.case_id AS case_id, n.office AS office, n.kind AS kind, n.about AS about, n.at AS at, c.procedure AS procedure, c.subject AS subject
FROM work_notice n JOIN work_case c ON c.id = n.case_id
WHERE (n.organization = :organization AND n.organization_kind = '') OR (n.organization = '' AND n.organization_kind = :kind)
ORDER BY n.at DESC, n.id DESC LIMIT 1000;

-- name: add_finding
INSERT INTO work_finding (case_id, finding, clock, due_on, found_at) VALUES (:id, :finding, :clock, :due, :now) ON CONFLICT DO NOTHING;
