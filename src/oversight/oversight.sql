-- Inspections, their answers, findings, and what the clock did each day.
-- Ids are fn_id_new() texts, moments are microseconds since 1970, dates and periods those of China, flags are 0 or 1.

-- migration: 1 inspections
CREATE TABLE oversight_inspection (
	id TEXT PRIMARY KEY,
	period TEXT NOT NULL, -- 2026-11-22, 2026-11, 2026-Q4, 2026-H2, 2026
	kind TEXT NOT NULL CHECK (kind IN ('routine', 'full', 'special')),
	organization TEXT NOT NULL, -- empty: all
	checks TEXT NOT NULL, -- JSON array of ids
	weights TEXT NOT NULL, -- canonical JSON {check: points}, those of the rules that it opened with
	rules_digest TEXT NOT NULL, -- of the rules that it opened with
	opened_by TEXT NOT NULL, -- account
	opened_at BIGINT NOT NULL,
	looked_at BIGINT NOT NULL, -- the last time that its checks ran
	state TEXT NOT NULL CHECK (state IN ('running', 'closed')),
	closed_by TEXT,
	closed_at BIGINT,
	opinion TEXT -- what is to be done about it
);
CREATE UNIQUE INDEX oversight_inspection_once ON oversight_inspection (period) WHERE kind = 'routine';
CREATE INDEX oversight_inspection_by_period ON oversight_inspection (period, kind);

-- Items of manual checks. The last answer counts; each one is an entry of the ledger too.
CREATE TABLE oversight_answer (
	inspection TEXT NOT NULL REFERENCES oversight_inspection (id),
	check_id TEXT NOT NULL,
	organization TEXT NOT NULL,
	item TEXT NOT NULL,
	answer TEXT NOT NULL CHECK (answer IN ('yes', 'no', 'na')),
	note TEXT NOT NULL,
	account TEXT NOT NULL,
	answered_at BIGINT NOT NULL,
	PRIMARY KEY (inspection, check_id, organization, item)
);
CREATE INDEX oversight_answer_by_check ON oversight_answer (check_id, organization, item, answered_at);

-- One offender, until it is closed. It closes when its case is verified and its check no longer finds it.
CREATE TABLE oversight_finding (
	id TEXT PRIMARY KEY,
	check_id TEXT NOT NULL,
	organization TEXT NOT NULL,
	subject TEXT NOT NULL,
	detail TEXT NOT NULL,
	severity TEXT NOT NULL CHECK (severity IN ('minor', 'major', 'critical')),
	found_at BIGINT NOT NULL,
	deadline TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('open', 'fixed', 'closed')), -- fixed: verified, the check has not looked again
	case_id TEXT NOT NULL REFERENCES work_case (id), -- the last case of rectification
	inspection TEXT REFERENCES oversight_inspection (id), -- the first that met it
	reopened BIGINT NOT NULL, -- how often the check found it after it was verified
	closed_at BIGINT
);
CREATE UNIQUE INDEX oversight_finding_once ON oversight_finding (check_id, organization, subject) WHERE state <> 'closed';
CREATE INDEX oversight_finding_by_state ON oversight_finding (state, check_id);
CREATE INDEX oversight_finding_by_organization ON oversight_finding (organization, state);
CREATE INDEX oversight_finding_by_case ON oversight_finding (case_id);

-- Which findings an inspection met, and when first.
CREATE TABLE oversight_met (
	inspection TEXT NOT NULL REFERENCES oversight_inspection (id),
	finding TEXT NOT NULL REFERENCES oversight_finding (id),
	met_at BIGINT NOT NULL,
	PRIMARY KEY (inspection, finding)
);
CREATE INDEX oversight_met_by_finding ON oversight_met (finding);

-- The days on which the clock looked.
CREATE TABLE oversight_day (
	day TEXT PRIMARY KEY,
	looked_at BIGINT NOT NULL
);

-- The organization of a party of a case, json_extract(c.parties, '$.provider'), and any other member of a JSON object: SQLite has it.
-- postgres:
CREATE FUNCTION json_extract(body text, path text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT (body::json) ->> substr(path, 3) $$;

-- name: bureau
SELECT id FROM organization WHERE kind = 'bureau' AND state = 'active' ORDER BY id LIMIT 1;

-- name: organization
SELECT id, name, kind FROM organization WHERE id = :id AND state = 'active';

-- name: organization_name
SELECT name, created_at FROM organization WHERE id = :id;

-- Those that are inspected.
-- name: inspected
SELECT id, name, kind FROM organization WHERE state = 'active' AND kind IN ('department', 'bureau', 'institution') ORDER BY id;

-- name: add_inspection
INSERT INTO oversight_inspection (id, period, kind, organization, checks, weights, rules_digest, opened_by, opened_at, looked_at, state)
VALUES (:id, :period, :kind, :organization, :checks, :weights, :digest, :by, :now, :now, 'running') ON CONFLICT DO NOTHING;

-- name: routine_of
SELECT id, state FROM oversight_inspection WHERE period = :period AND kind = 'routine';

-- name: inspection
SELECT id, period, kind, organization, checks, weights, rules_digest, opened_by, opened_at, looked_at, state, closed_by, closed_at, opinion
FROM oversight_inspection WHERE id = :id;

-- name: inspections
SELECT i.id AS id, i.period AS period, i.kind AS kind, i.organization AS organization, i.rules_digest AS rules_digest, i.opened_by AS opened_by,
	i.opened_at AS opened_at, i.looked_at AS looked_at, i.state AS state, i.closed_by AS closed_by, i.closed_at AS closed_at,
	i.opinion AS opinion, (SELECT COUNT(*) FROM oversight_met m WHERE m.inspection = i.id) AS findings
FROM oversight_inspection i ORDER BY i.opened_at DESC, i.id DESC LIMIT 500;

-- name: lock_inspection
UPDATE oversight_inspection SET looked_at = :now WHERE id = :id AND state = 'running';

-- name: close_inspection
UPDATE oversight_inspection SET state = 'closed', closed_by = :by, closed_at = :now, opinion = :opinion WHERE id = :id AND state = 'running';

-- name: running
SELECT id, period FROM oversight_inspection WHERE state = 'running' AND kind <> 'special' ORDER BY opened_at DESC, id LIMIT 100;

-- name: checks_to_repeat
SELECT DISTINCT f.check_id AS check_id FROM oversight_finding f JOIN work_case c ON c.id = f.case_id
WHERE f.state <> 'closed' AND c.state = 'verified' ORDER BY f.check_id;

-- name: set_answer
INSERT INTO oversight_answer (inspection, check_id, organization, item, answer, note, account, answered_at)
VALUES (:inspection, :check, :organization, :item, :answer, :note, :account, :now)
ON CONFLICT (inspection, check_id, organization, item) DO UPDATE SET answer = excluded.answer, note = excluded.note,
	account = excluded.account, answered_at = excluded.answered_at;

-- name: answers
SELECT check_id, organization, item, answer, note, account, answered_at FROM oversight_answer
WHERE inspection = :inspection AND (:organization = '' OR organization = :organization) ORDER BY check_id, organization, item LIMIT 20000;

-- The last answer to each item of a check, of whatever inspection.
-- name: last_answers
SELECT a.organization AS organization, a.item AS item, a.answer AS answer, a.note AS note, a.answered_at AS answered_at
FROM oversight_answer a
WHERE a.check_id = :check AND NOT EXISTS (SELECT 1 FROM oversight_answer b WHERE b.check_id = a.check_id AND b.organization = a.organization
	AND b.item = a.item AND (b.answered_at > a.answered_at OR (b.answered_at = a.answered_at AND b.inspection > a.inspection)))
ORDER BY a.organization, a.item;

-- name: open_findings
SELECT f.id AS id, f.organization AS organization, f.subject AS subject, f.state AS state, f.case_id AS case_id, c.state AS case_state
FROM oversight_finding f JOIN work_case c ON c.id = f.case_id
WHERE f.check_id = :check AND f.state <> 'closed' ORDER BY f.found_at, f.id;

-- name: add_finding
INSERT INTO oversight_finding (id, check_id, organization, subject, detail, severity, found_at, deadline, state, case_id, inspection, reopened)
VALUES (:id, :check, :organization, :subject, :detail, :severity, :now, :deadline, 'open', :case, :inspection, 0);

-- name: reopen_finding
UPDATE oversight_finding SET state = 'open', case_id = :case, detail = :detail, deadline = :deadline, reopened = reopened + 1 WHERE id = :id;

-- name: move_finding
UPDATE oversight_finding SET state = :state, closed_at = :closed_at WHERE id = :id;

-- name: meet
INSERT INTO oversight_met (inspection, finding, met_at) VALUES (:inspection, :finding, :now) ON CONFLICT DO NOTHING;

-- name: findings
SELECT f.id AS id, f.check_id AS check_id, f.organization AS organization, o.name AS name, f.subject AS subject, f.detail AS detail,
	f.severity AS severity, f.found_at AS found_at, f.deadline AS deadline, f.state AS state, f.case_id AS case_id, c.state AS case_state,
	f.inspection AS inspection, f.reopened AS reopened, f.closed_at AS closed_at
FROM oversight_finding f JOIN work_case c ON c.id = f.case_id LEFT JOIN organization o ON o.id = f.organization
WHERE (:organization = '' OR f.organization = :organization) AND (:check = '' OR f.check_id = :check) AND (:state = '' OR f.state = :state)
ORDER BY f.found_at DESC, f.id DESC LIMIT 1000;

-- name: findings_met
SELECT f.id AS id, f.check_id AS check_id, f.organization AS organization, o.name AS name, f.subject AS subject, f.detail AS detail,
	f.severity AS severity, f.found_at AS found_at, f.deadline AS deadline, f.state AS state, f.case_id AS case_id, c.state AS case_state,
	f.inspection AS inspection, f.reopened AS reopened, f.closed_at AS closed_at
FROM oversight_met m JOIN oversight_finding f ON f.id = m.finding JOIN work_case c ON c.id = f.case_id
LEFT JOIN organization o ON o.id = f.organization
WHERE m.inspection = :inspection AND (:organization = '' OR f.organization = :organization)
ORDER BY f.check_id, f.organization, f.subject LIMIT 5000;

-- What counts for compliance: not closed, with the state of the case.
-- name: findings_open
SELECT f.id AS id, f.check_id AS check_id, f.organization AS organization, f.subject AS subject, f.detail AS detail, f.case_id AS case_id,
	f.deadline AS deadline, c.state AS case_state
FROM oversight_finding f JOIN work_case c ON c.id = f.case_id
WHERE f.state <> 'closed' ORDER BY f.check_id, f.found_at, f.id LIMIT 20000;

-- Each finding once in a period, however many inspections met it.
-- name: score_rows
SELECT f.organization AS organization, o.name AS name, f.check_id AS check_id, i.weights AS weights, COUNT(DISTINCT f.id) AS n
FROM oversight_met m JOIN oversight_inspection i ON i.id = m.inspection JOIN oversight_finding f ON f.id = m.finding
	LEFT JOIN organization o ON o.id = f.organization
WHERE i.period = :period AND i.kind <> 'special' AND NOT EXISTS (SELECT 1 FROM oversight_met e JOIN oversight_inspection j ON j.id = e.inspection
	WHERE e.finding = m.finding AND j.period = i.period AND j.kind <> 'special' AND (j.opened_at < i.opened_at OR (j.opened_at = i.opened_at AND j.id < i.id)))
GROUP BY f.organization, o.name, f.check_id, i.weights ORDER BY f.organization, f.check_id;

-- name: period_inspected
SELECT id, weights, rules_digest, state FROM oversight_inspection WHERE period = :period AND kind <> 'special' ORDER BY opened_at, id LIMIT 1;

-- name: cases_of_procedures
SELECT procedure, COUNT(*) AS n, SUM(1 - ended) AS running FROM work_case GROUP BY procedure ORDER BY procedure;

-- name: claim_day
INSERT INTO oversight_day (day, looked_at) VALUES (:day, :now) ON CONFLICT DO NOTHING;

-- Days count whole; a clock of hours is late from its moment on, on the same day.
-- name: late_cases
SELECT k.case_id AS case_id, k.due_on AS due_on, c.parties AS parties, c.state AS state,
	CASE WHEN k.due_on < :today OR (k.unit = 'hour' AND k.due_at <= :now) THEN 0 ELSE 1 END AS risk
FROM work_clock k JOIN work_case c ON c.id = k.case_id
WHERE c.procedure = :procedure AND c.ended = 0 AND k.name = :clock AND k.state = 'running'
	AND (k.due_on < :today OR (k.unit = 'hour' AND k.due_at <= :now) OR k.warned = 1)
ORDER BY k.case_id LIMIT :most;

-- name: old_cases
SELECT id AS case_id, parties, state, opened_at FROM work_case
WHERE procedure = :procedure AND ended = 0 AND opened_at < :before ORDER BY id LIMIT :most;

-- Of src/watch: alerts that nobody handled.
-- name: open_alerts
SELECT organization, id AS subject, subject AS detail, 0 AS risk FROM watch_alert
WHERE rule = :rule AND state = 'open' ORDER BY organization, id LIMIT :most;

-- name: grants_in_use
SELECT id, provider, consumer, resource, activated_at FROM sharing_grant
WHERE state = 'active' AND activated_at IS NOT NULL AND activated_at < :before ORDER BY consumer, id LIMIT :most;
