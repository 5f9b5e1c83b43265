-- What checks find: {sql: late_answer} of a check file runs check_late_answer. Every statement is one SELECT that gives
--
--   organization   who answers for it; NULL or empty: the bureau
--   subject        what it is, the same text as long as it is the same thing: a case, a grant, a resource …
--   detail         data for people: a date, a name. No sentences: the finding's text stands in the check file, in both languages
--   risk           0 offends, 1 does not yet
--
-- one row for each subject of an organization, ordered by both, with LIMIT :most. Parameters: :now (microseconds), :today (YYYY-MM-DD),
-- :soon (check_warn days later), :most; every other name is a parameter of the rule pack, a whole number (:account_idle); one that the pack has not means that the
-- check cannot run. A day has 86400000000 microseconds (PostgreSQL wants one factor whose type it knows). json_extract(c.parties, '$.provider') gives an organization of a case on both engines.
-- To add a check: its statement here, its file in rules/checks/, and rows in find_test.c.
--
-- What was late stays found until the rectification of that finding is verified: the last part of each late_ statement.

-- ---- procedures ----

-- name: check_late_answer
SELECT organization, subject, MAX(detail) AS detail, MIN(risk) AS risk FROM (
	SELECT json_extract(c.parties, '$.provider') AS organization, w.case_id AS subject, w.due_on AS detail, 0 AS risk
	FROM work_finding w JOIN work_case c ON c.id = w.case_id LEFT JOIN work_clock k ON k.case_id = w.case_id AND k.name = w.clock
	WHERE w.finding = 'late_answer' AND ((k.state <> 'stopped' AND k.due_on = w.due_on) OR NOT EXISTS (
		SELECT 1 FROM oversight_finding f JOIN work_case r ON r.id = f.case_id
		WHERE f.check_id = 'late_answer' AND f.subject = w.case_id AND r.state = 'verified' AND r.changed_at >= w.found_at))
	UNION ALL
	SELECT json_extract(c.parties, '$.provider'), k.case_id, k.due_on, 1 FROM work_clock k JOIN work_case c ON c.id = k.case_id
	WHERE k.state = 'running' AND k.name = 'reply' AND k.warned = 1 AND k.late = 0
		AND c.procedure IN ('sharing_application', 'sharing_unconditional')) found
GROUP BY organization, subject ORDER BY organization, subject LIMIT :most;

-- name: check_late_supply
SELECT organization, subject, MAX(detail) AS detail, MIN(risk) AS risk FROM (
	SELECT json_extract(c.parties, '$.provider') AS organization, w.case_id AS subject, w.due_on AS detail, 0 AS risk
	FROM work_finding w JOIN work_case c ON c.id = w.case_id LEFT JOIN work_clock k ON k.case_id = w.case_id AND k.name = w.clock
	WHERE w.finding = 'late_supply' AND ((k.state <> 'stopped' AND k.due_on = w.due_on) OR NOT EXISTS (
		SELECT 1 FROM oversight_finding f JOIN work_case r ON r.id = f.case_id
		WHERE f.check_id = 'late_supply' AND f.subject = w.case_id AND r.state = 'verified' AND r.changed_at >= w.found_at))
	UNION ALL
	SELECT json_extract(c.parties, '$.provider'), k.case_id, k.due_on, 1 FROM work_clock k JOIN work_case c ON c.id = k.case_id
	WHERE k.state = 'running' AND k.name = 'supply' AND k.warned = 1 AND k.late = 0
		AND c.procedure IN ('sharing_application', 'sharing_unconditional')) found
GROUP BY organization, subject ORDER BY organization, subject LIMIT :most;

-- The bureau coordinates disputes (002A-A16e), so a late one is the bureau's.
-- name: check_late_dispute
SELECT organization, subject, MAX(detail) AS detail, MIN(risk) AS risk FROM (
	SELECT '' AS organization, w.case_id AS subject, w.due_on AS detail, 0 AS risk
	FROM work_finding w LEFT JOIN work_clock k ON k.case_id = w.case_id AND k.name = w.clock
	WHERE w.finding = 'late_dispute' AND ((k.state <> 'stopped' AND k.due_on = w.due_on) OR NOT EXISTS (
		SELECT 1 FROM oversight_finding f JOIN work_case r ON r.id = f.case_id
		WHERE f.check_id = 'late_dispute' AND f.subject = w.case_id AND r.state = 'verified' AND r.changed_at >= w.found_at))
	UNION ALL
	SELECT '', k.case_id, k.due_on, 1 FROM work_clock k JOIN work_case c ON c.id = k.case_id
	WHERE k.state = 'running' AND k.name = 'dispute' AND k.warned = 1 AND k.late = 0 AND c.procedure = 'sharing_application') found
GROUP BY organization, subject ORDER BY organization, subject LIMIT :most;

-- The rectification of a finding of this very check does not count again: it would go on for ever.
-- name: check_late_rectification
SELECT organization, subject, MAX(detail) AS detail, MIN(risk) AS risk FROM (
	SELECT COALESCE(json_extract(c.parties, '$.organization'), json_extract(c.parties, '$.consumer')) AS organization, w.case_id AS subject, w.due_on AS detail, 0 AS risk
	FROM work_finding w JOIN work_case c ON c.id = w.case_id LEFT JOIN work_clock k ON k.case_id = w.case_id AND k.name = w.clock
	WHERE w.finding = 'late_rectification' AND ((k.state <> 'stopped' AND k.due_on = w.due_on) OR NOT EXISTS (
		SELECT 1 FROM oversight_finding f JOIN work_case r ON r.id = f.case_id
		WHERE f.check_id = 'late_rectification' AND f.subject = w.case_id AND r.state = 'verified' AND r.changed_at >= w.found_at))
		AND NOT EXISTS (SELECT 1 FROM oversight_finding g WHERE g.id = c.subject AND g.check_id = 'late_rectification')
	UNION ALL
	SELECT COALESCE(json_extract(c.parties, '$.organization'), json_extract(c.parties, '$.consumer')), k.case_id, k.due_on, 1 FROM work_clock k JOIN work_case c ON c.id = k.case_id
	WHERE k.state = 'running' AND k.name = 'rectify' AND k.warned = 1 AND k.late = 0) found
GROUP BY organization, subject ORDER BY organization, subject LIMIT :most;

-- name: check_late_disposal
SELECT organization, subject, MAX(detail) AS detail, MIN(risk) AS risk FROM (
	SELECT json_extract(c.parties, '$.consumer') AS organization, w.case_id AS subject, w.due_on AS detail, 0 AS risk
	FROM work_finding w JOIN work_case c ON c.id = w.case_id LEFT JOIN work_clock k ON k.case_id = w.case_id AND k.name = w.clock
	WHERE w.finding = 'late_disposal' AND ((k.state <> 'stopped' AND k.due_on = w.due_on) OR NOT EXISTS (
		SELECT 1 FROM oversight_finding f JOIN work_case r ON r.id = f.case_id
		WHERE f.check_id = 'late_disposal' AND f.subject = w.case_id AND r.state = 'verified' AND r.changed_at >= w.found_at))
	UNION ALL
	SELECT json_extract(c.parties, '$.consumer'), k.case_id, k.due_on, 1 FROM work_clock k JOIN work_case c ON c.id = k.case_id
	WHERE k.state = 'running' AND k.name = 'disposal' AND k.warned = 1 AND k.late = 0) found
GROUP BY organization, subject ORDER BY organization, subject LIMIT :most;

-- ---- catalog ----

-- An entry that nobody confirmed or revised for so long.
-- name: check_catalog_overdue
SELECT r.organization AS organization, r.code AS subject, r.name AS detail,
	CASE WHEN v.published_at < :now - :catalog_maintain * 86400000000 THEN 0 ELSE 1 END AS risk
FROM resource r JOIN resource_version v ON v.resource = r.code AND v.version = r.published_version
WHERE r.offered = 'published' AND v.published_at < :now - :catalog_maintain * 86400000000 + :check_warn * 86400000000
ORDER BY r.organization, r.code LIMIT :most;

-- What tells a person apart, or is of level 3 and above, says which kind of protection it needs.
-- name: check_fields_unclassified
SELECT r.organization AS organization, r.code || '/' || f.name AS subject, f.title AS detail, 0 AS risk
FROM resource r JOIN field f ON f.resource = r.code AND f.version = r.published_version
WHERE r.offered = 'published' AND f.labels = '[]' AND (f.identifier = 'direct' OR f.level >= 3)
ORDER BY r.organization, r.code, f.ordinal LIMIT :most;

-- name: check_fields_unmasked
SELECT r.organization AS organization, r.code || '/' || f.name AS subject, f.title AS detail, 0 AS risk
FROM resource r JOIN field f ON f.resource = r.code AND f.version = r.published_version
WHERE r.offered = 'published' AND f.offered = 1 AND f.level >= 3 AND f.mask LIKE 'keep%'
ORDER BY r.organization, r.code, f.ordinal LIMIT :most;

-- ---- batches ----

-- Until the bureau releases it or somebody discards it.
-- name: check_batch_quarantined
SELECT b.organization AS organization, b.id AS subject, b.resource AS detail, 0 AS risk
FROM intake_batch b WHERE b.state = 'quarantined'
ORDER BY b.organization, b.id LIMIT :most;

-- The newest batch of each resource that differs from those before it in a way nobody announced; an ordinary one ends it.
-- name: check_batch_drift
SELECT b.organization AS organization, b.resource AS subject, r.name AS detail, 0 AS risk
FROM intake_batch b JOIN resource r ON r.code = b.resource
WHERE b.state IN ('pooled', 'released') AND b.alarms <> '[]' AND NOT EXISTS (SELECT 1 FROM intake_batch n WHERE n.resource = b.resource
	AND n.state IN ('pooled', 'released') AND (n.received_at > b.received_at OR (n.received_at = b.received_at AND n.id > b.id)))
ORDER BY b.organization, b.resource LIMIT :most;

-- What is bound to a business database and came in batches too is compared with it from time to time; counted from the last time, or from
-- the first batch.
-- name: check_data_uncompared
SELECT found.organization AS organization, found.code AS subject, found.name AS detail,
	CASE WHEN found.since < :now - :compare_every * 86400000000 THEN 0 ELSE 1 END AS risk
FROM (
	SELECT r.organization AS organization, r.code AS code, r.name AS name, COALESCE((SELECT MAX(c.at) FROM intake_comparison c
		WHERE c.resource = r.code), (SELECT MIN(b.received_at) FROM intake_batch b WHERE b.resource = r.code
			AND b.state IN ('pooled', 'released'))) AS since
	FROM resource r WHERE r.state IN ('published', 'revising') AND EXISTS (SELECT 1 FROM binding s WHERE s.resource = r.code
		AND s.version = r.published_version AND s.ordinal = 0)) found
WHERE found.since < :now - :compare_every * 86400000000 + :check_warn * 86400000000
ORDER BY found.organization, found.code LIMIT :most;

-- The last time that it was compared.
-- name: check_data_inconsistent
SELECT c.organization AS organization, c.resource AS subject, CAST(c.source_count - c.pool_count AS TEXT) AS detail, 0 AS risk
FROM intake_comparison c
WHERE c.agrees = 0 AND NOT EXISTS (SELECT 1 FROM intake_comparison n WHERE n.resource = c.resource
	AND (n.at > c.at OR (n.at = c.at AND n.id > c.id)))
ORDER BY c.organization, c.resource LIMIT :most;

-- What comes in batches comes as often as its entry says; an irregular one has no day on which it is late.
-- name: check_data_stale
SELECT organization, subject, detail, risk FROM (
	SELECT r.organization AS organization, r.code AS subject, r.name AS detail,
		CASE WHEN MAX(b.received_at) < :now - 86400000000 * (CASE json_extract(v.body, '$.update_period') WHEN 'realtime' THEN 1 WHEN 'daily' THEN 1
			WHEN 'weekly' THEN 7 WHEN 'monthly' THEN 31 WHEN 'quarterly' THEN 92 WHEN 'yearly' THEN 366 ELSE 100000 END) THEN 0 ELSE 1 END AS risk
	FROM resource r JOIN resource_version v ON v.resource = r.code AND v.version = r.published_version
		JOIN intake_batch b ON b.resource = r.code AND b.state IN ('pooled', 'released')
	WHERE r.offered = 'published' GROUP BY r.organization, r.code, r.name, v.body) late
WHERE risk = 0 ORDER BY organization, subject LIMIT :most;

-- ---- grants ----

-- name: check_expired_agreements
SELECT found.provider AS organization, found.consumer AS subject, o.name AS detail,
	CASE WHEN found.good_until < :now THEN 0 ELSE 1 END AS risk
FROM (
	SELECT g.provider AS provider, g.consumer AS consumer, MAX(COALESCE(p.valid_until, 0)) AS good_until
	FROM sharing_grant g LEFT JOIN sharing_paper p ON p.kind = 'nda' AND p.provider = g.provider AND p.consumer = g.consumer
		AND p.provider_signer IS NOT NULL AND p.consumer_signer IS NOT NULL AND (p.case_id IS NULL OR p.case_id = g.case_id)
	WHERE g.level >= 3 AND g.state IN ('active', 'suspended', 'rectifying')
	GROUP BY g.provider, g.consumer) found JOIN organization o ON o.id = found.consumer
WHERE found.good_until < :now + :check_warn * 86400000000
ORDER BY found.provider, found.consumer LIMIT :most;

-- ---- systems and accounts ----

-- A certificate matters while its system has no later one.
-- name: check_certificates_expiring
SELECT s.organization AS organization, s.id AS subject, s.name AS detail, CASE WHEN MAX(c.not_after) < :now THEN 0 ELSE 1 END AS risk
FROM system s JOIN certificate c ON c.system = s.id AND c.revoked_at IS NULL
WHERE s.state = 'active'
GROUP BY s.organization, s.id, s.name HAVING MAX(c.not_after) < :now + :check_warn * 86400000000
ORDER BY s.organization, s.id LIMIT :most;

-- name: check_accounts_idle
SELECT found.organization AS organization, found.id AS subject, found.login AS detail,
	CASE WHEN found.seen < :now - :account_idle * 86400000000 THEN 0 ELSE 1 END AS risk
FROM (
	SELECT a.organization AS organization, a.id AS id, a.login AS login,
		COALESCE((SELECT MAX(s.seen_at) FROM session s WHERE s.account = a.id), a.created_at) AS seen
	FROM account a WHERE a.state = 'active') found
WHERE found.seen < :now - :account_idle * 86400000000 + :check_warn * 86400000000
ORDER BY found.organization, found.id LIMIT :most;

-- name: check_password_old
SELECT organization, id AS subject, login AS detail, CASE WHEN password_at < :now - :password_age * 86400000000 THEN 0 ELSE 1 END AS risk
FROM account WHERE state = 'active' AND password_at < :now - :password_age * 86400000000 + :check_warn * 86400000000
ORDER BY organization, id LIMIT :most;

-- Of a closed account no right is left, of a closed organization no account; who is leaving loses the account first.
-- name: check_leavers_with_rights
SELECT a.organization AS organization, a.id AS subject, a.login AS detail, 0 AS risk
FROM account a JOIN organization o ON o.id = a.organization
WHERE (a.state = 'active' AND o.state = 'closed')
	OR (a.state = 'active' AND EXISTS (SELECT 1 FROM work_case c WHERE c.procedure = 'off_boarding' AND c.subject = a.id
		AND c.opened_at < :now - 86400000000))
	OR (a.state = 'closed' AND (EXISTS (SELECT 1 FROM office f WHERE f.account = a.id)
		OR EXISTS (SELECT 1 FROM system_operator p WHERE p.account = a.id)
		OR EXISTS (SELECT 1 FROM session s WHERE s.account = a.id AND s.ended_at IS NULL)
		OR EXISTS (SELECT 1 FROM delegation d WHERE d.to_account = a.id AND d.ended_at IS NULL AND d.valid_until > :now)))
ORDER BY a.organization, a.id LIMIT :most;

-- ---- people ----

-- name: check_data_officer_missing
SELECT o.id AS organization, o.id AS subject, o.name AS detail, 0 AS risk
FROM organization o
WHERE o.state = 'active' AND o.kind IN ('department', 'bureau') AND NOT EXISTS (
	SELECT 1 FROM account a JOIN office f ON f.account = a.id WHERE a.organization = o.id AND a.state = 'active' AND f.office = 'officer')
ORDER BY o.id LIMIT :most;

-- Who edits an entry may not review it, so it takes two.
-- name: check_editor_reviewer_missing
SELECT o.id AS organization, o.id AS subject, o.name AS detail, 0 AS risk
FROM organization o
WHERE o.state = 'active' AND o.kind IN ('department', 'bureau') AND NOT EXISTS (
	SELECT 1 FROM account a JOIN office f ON f.account = a.id AND f.office = 'editor'
	JOIN account b ON b.organization = a.organization AND b.state = 'active' AND b.person <> a.person
	JOIN office g ON g.account = b.id AND g.office = 'reviewer'
	WHERE a.organization = o.id AND a.state = 'active')
ORDER BY o.id LIMIT :most;

-- Of a record book a statement reads register_record: due_on is the last day on which a record is good, body its values. true and false are
-- looked for as text, since a JSON truth is a number for the one engine and a word for the other. Where several kinds of a thing are owed,
-- the list "owed" says who owes which: a kind of organization, "any", or "site" (who runs a website), "cii" (critical infrastructure).

-- ---- accounts and offices ----

-- Who holds an office proves himself with more than a password.
-- name: check_account_one_factor
SELECT a.organization AS organization, a.id AS subject, a.login AS detail, 0 AS risk
FROM account a
WHERE a.state = 'active' AND a.totp IS NULL AND EXISTS (SELECT 1 FROM office f WHERE f.account = a.id)
ORDER BY a.organization, a.id LIMIT :most;

-- An administrator does nothing else, not by an office lent to him either. Who administers security may review secrecy.
-- name: check_admins_not_separated
WITH held AS (
	SELECT a.person AS person, a.organization AS organization, f.office AS office
	FROM office f JOIN account a ON a.id = f.account WHERE a.state = 'active'
	UNION
	SELECT a.person, a.organization, d.office FROM delegation d JOIN account a ON a.id = d.to_account
	WHERE a.state = 'active' AND d.ended_at IS NULL AND d.valid_from <= :now AND d.valid_until > :now)
SELECT h.organization AS organization, h.person AS subject, MIN(p.real_name) AS detail, 0 AS risk
FROM held h JOIN held g ON g.person = h.person AND g.office <> h.office JOIN person p ON p.id = h.person
WHERE h.office IN ('system_admin', 'security_admin', 'auditor') AND NOT (h.office = 'security_admin' AND g.office = 'secrecy_reviewer')
GROUP BY h.organization, h.person ORDER BY h.organization, h.person LIMIT :most;

-- Those with a case and those without, which only the alert itself knows of.
-- name: check_alerts_unhandled
SELECT organization, id AS subject, rule AS detail, CASE WHEN first_at < :now - :alert_unhandled * 86400000000 THEN 0 ELSE 1 END AS risk
FROM watch_alert WHERE state = 'open' ORDER BY organization, id LIMIT :most;

-- ---- catalog and grants ----

-- What the book of libraries or the catalog calls a base library is open to every department.
-- name: check_base_not_unconditional
SELECT r.organization AS organization, r.code AS subject, r.name AS detail, 0 AS risk
FROM resource r JOIN resource_version v ON v.resource = r.code AND v.version = r.published_version
WHERE r.offered = 'published' AND v.sharing_type <> 'unconditional'
	AND (json_extract(v.body, '$.base_library') IN ('population', 'legal_entity', 'geography', 'licence') OR EXISTS (
		SELECT 1 FROM register_record b WHERE b.register = 'libraries' AND b.state = 'active' AND json_extract(b.body, '$.resource') = r.code
			AND json_extract(b.body, '$.base') IN ('population', 'legal_entity', 'natural_resources', 'licences')))
ORDER BY r.organization, r.code LIMIT :most;

-- name: check_withheld_without_basis
SELECT r.organization AS organization, r.code AS subject, r.name AS detail, 0 AS risk
FROM resource r JOIN resource_version v ON v.resource = r.code AND v.version = r.published_version
WHERE r.offered = 'published' AND v.sharing_type IN ('conditional', 'withheld') AND (v.basis_accepted_by IS NULL
	OR json_extract(v.body, '$.sharing_basis') IS NULL)
ORDER BY r.organization, r.code LIMIT :most;

-- Of a few entries no share is reckoned.
-- name: check_unconditional_share_low
SELECT found.organization AS organization, 'unconditional' AS subject, CAST(found.free AS TEXT) || '/' || CAST(found.n AS TEXT) AS detail, 0 AS risk
FROM (
	SELECT r.organization AS organization, COUNT(*) AS n, SUM(CASE WHEN v.sharing_type = 'unconditional' THEN 1 ELSE 0 END) AS free
	FROM resource r JOIN resource_version v ON v.resource = r.code AND v.version = r.published_version
	WHERE r.offered = 'published' GROUP BY r.organization) found
WHERE found.n >= :unconditional_share_from AND found.free * 100 < found.n * :unconditional_share
ORDER BY found.organization LIMIT :most;

-- name: check_handover_missing
SELECT g.provider AS organization, g.id AS subject, g.resource AS detail, 0 AS risk
FROM sharing_grant g
WHERE g.level >= 3 AND g.state IN ('active', 'suspended', 'rectifying') AND NOT EXISTS (
	SELECT 1 FROM sharing_paper p WHERE p.kind = 'handover' AND p.case_id = g.case_id AND p.provider_signer IS NOT NULL
		AND p.consumer_signer IS NOT NULL)
ORDER BY g.provider, g.id LIMIT :most;

-- name: check_use_records_missing
SELECT g.consumer AS organization, g.id AS subject, g.resource AS detail,
	CASE WHEN g.activated_at < :now - :use_record_first * 86400000000 THEN 0 ELSE 1 END AS risk
FROM sharing_grant g LEFT JOIN (SELECT DISTINCT organization, json_extract(body, '$.grant') AS id FROM register_record
	WHERE register = 'use_records' AND state = 'active') u ON u.organization = g.consumer AND u.id = g.id
WHERE g.state IN ('active', 'suspended', 'rectifying', 'disposal_due') AND u.id IS NULL
	AND g.activated_at < :now - :use_record_first * 86400000000 + :check_warn * 86400000000
ORDER BY g.consumer, g.id LIMIT :most;

-- ---- what an organization must have ----

-- name: check_policy_documents_missing
SELECT w.organization AS organization, w.kind AS subject, COALESCE(w.until, '') AS detail,
	CASE WHEN COALESCE(w.until, '') < :today THEN 0 ELSE 1 END AS risk
FROM (
	SELECT o.id AS organization, owed.kind AS kind, (SELECT MAX(r.due_on) FROM register_record r WHERE r.register = 'documents'
		AND r.organization = o.id AND r.state = 'active' AND json_extract(r.body, '$.kind') = owed.kind) AS until
	FROM organization o JOIN (
		SELECT 'any' AS who, 'security' AS kind UNION ALL SELECT 'any', 'personnel' UNION ALL SELECT 'any', 'building'
		UNION ALL SELECT 'any', 'sharing' UNION ALL SELECT 'any', 'backup' UNION ALL SELECT 'any', 'collection'
		UNION ALL SELECT 'any', 'publication' UNION ALL SELECT 'any', 'maintenance' UNION ALL SELECT 'any', 'leakage'
		UNION ALL SELECT 'any', 'destruction' UNION ALL SELECT 'bureau', 'strategy' UNION ALL SELECT 'bureau', 'lineage'
		UNION ALL SELECT 'site', 'workflow' UNION ALL SELECT 'site', 'content') owed
		ON owed.who IN ('any', o.kind) OR (owed.who = 'site' AND EXISTS (SELECT 1 FROM register_record s WHERE s.register = 'sites'
			AND s.organization = o.id AND s.state = 'active'))
	WHERE o.state = 'active' AND o.kind IN ('department', 'bureau')) w
WHERE COALESCE(w.until, '') <= :soon ORDER BY w.organization, w.kind LIMIT :most;

-- name: check_plan_missing
SELECT w.organization AS organization, w.kind AS subject, COALESCE(w.until, '') AS detail,
	CASE WHEN COALESCE(w.until, '') < :today THEN 0 ELSE 1 END AS risk
FROM (
	SELECT o.id AS organization, owed.kind AS kind, (SELECT MAX(r.due_on) FROM register_record r WHERE r.register = 'plans'
		AND r.organization = o.id AND r.state = 'active' AND json_extract(r.body, '$.kind') = owed.kind) AS until
	FROM organization o JOIN (
		SELECT 'any' AS who, 'incident' AS kind UNION ALL SELECT 'any', 'data' UNION ALL SELECT 'department', 'digitization'
		UNION ALL SELECT 'bureau', 'platform' UNION ALL SELECT 'bureau', 'data_centre' UNION ALL SELECT 'bureau', 'work'
		UNION ALL SELECT 'site', 'site' UNION ALL SELECT 'site', 'switchover') owed
		ON owed.who IN ('any', o.kind) OR (owed.who = 'site' AND EXISTS (SELECT 1 FROM register_record s WHERE s.register = 'sites'
			AND s.organization = o.id AND s.state = 'active'))
	WHERE o.state = 'active' AND o.kind IN ('department', 'bureau')) w
WHERE COALESCE(w.until, '') <= :soon ORDER BY w.organization, w.kind LIMIT :most;

-- The two governments' money is in their own budgets; a site and its operation cost a line too.
-- name: check_budget_missing
SELECT w.organization AS organization, w.kind AS subject, COALESCE(w.until, '') AS detail,
	CASE WHEN COALESCE(w.until, '') < :today THEN 0 ELSE 1 END AS risk
FROM (
	SELECT o.id AS organization, owed.kind AS kind, (SELECT MAX(r.due_on) FROM register_record r WHERE r.register = 'budgets'
		AND r.organization = o.id AND r.state = 'active' AND json_extract(r.body, '$.purpose') = owed.kind) AS until
	FROM organization o JOIN (
		SELECT 'department' AS who, 'construction' AS kind UNION ALL SELECT 'department', 'training' UNION ALL SELECT 'bureau', 'construction'
		UNION ALL SELECT 'bureau', 'training' UNION ALL SELECT 'government', 'construction' UNION ALL SELECT 'site', 'operation') owed
		ON owed.who = o.kind OR (owed.who = 'site' AND EXISTS (SELECT 1 FROM register_record s WHERE s.register = 'sites'
			AND s.organization = o.id AND s.state = 'active'))
	WHERE o.state = 'active' AND o.kind IN ('department', 'bureau', 'government')) w
WHERE COALESCE(w.until, '') <= :soon ORDER BY w.organization, w.kind LIMIT :most;

-- name: check_training_missing
SELECT w.organization AS organization, w.kind AS subject, COALESCE(w.until, '') AS detail,
	CASE WHEN COALESCE(w.until, '') < :today THEN 0 ELSE 1 END AS risk
FROM (
	SELECT o.id AS organization, owed.kind AS kind, (SELECT MAX(r.due_on) FROM register_record r WHERE r.register = 'trainings'
		AND r.organization = o.id AND r.state = 'active' AND json_extract(r.body, '$.kind') = owed.kind) AS until
	FROM organization o JOIN (
		SELECT 'any' AS who, 'awareness' AS kind UNION ALL SELECT 'any', 'technical' UNION ALL SELECT 'bureau', 'platform'
		UNION ALL SELECT 'cii', 'test') owed
		ON owed.who IN ('any', o.kind) OR (owed.who = 'cii' AND EXISTS (SELECT 1 FROM register_record s WHERE s.register = 'systems'
			AND s.organization = o.id AND s.state = 'active' AND s.body LIKE '%"cii":true%'))
	WHERE o.state = 'active' AND o.kind IN ('department', 'bureau')) w
WHERE COALESCE(w.until, '') <= :soon ORDER BY w.organization, w.kind LIMIT :most;

-- Named and in office; and whoever a system or a website names has not left.
-- name: check_responsible_person_missing
SELECT w.organization AS organization, w.subject AS subject, w.detail AS detail, CASE WHEN w.until < :today THEN 0 ELSE 1 END AS risk
FROM (
	SELECT o.id AS organization, owed.kind AS subject, '' AS detail, COALESCE((SELECT MAX(r.due_on) FROM register_record r
		WHERE r.register = 'responsible_persons' AND r.organization = o.id AND r.state = 'active'
			AND json_extract(r.body, '$.post') = owed.kind AND NOT EXISTS (SELECT 1 FROM account a
				WHERE a.id = json_extract(r.body, '$.person') AND a.state = 'closed')), '') AS until
	FROM organization o JOIN (
		SELECT 'any' AS who, 'first' AS kind UNION ALL SELECT 'any', 'direct' UNION ALL SELECT 'any', 'security_leader'
		UNION ALL SELECT 'any', 'network_security' UNION ALL SELECT 'cii', 'cii_leader') owed
		ON owed.who = 'any' OR EXISTS (SELECT 1 FROM register_record s WHERE s.register = 'systems'
			AND s.organization = o.id AND s.state = 'active' AND s.body LIKE '%"cii":true%')
	WHERE o.state = 'active' AND o.kind IN ('department', 'bureau')
	UNION ALL
	SELECT r.organization, r.id, r.record_key, '' FROM register_record r
	WHERE r.register IN ('systems', 'sites') AND r.state = 'active' AND EXISTS (SELECT 1 FROM account a WHERE a.state = 'closed' AND a.id IN (
		json_extract(r.body, '$.responsible'), json_extract(r.body, '$.primary'), json_extract(r.body, '$.deputy'), json_extract(r.body, '$.leader'),
		json_extract(r.body, '$.content_reviewer'), json_extract(r.body, '$.secrecy_reviewer'), json_extract(r.body, '$.operator'),
		json_extract(r.body, '$.application')))) w
WHERE w.until <= :soon ORDER BY w.organization, w.subject LIMIT :most;

-- A drill in its term; and none without evaluation (working days are never more than twice as many days).
-- name: check_drill_missing
SELECT w.organization AS organization, w.subject AS subject, w.detail AS detail, CASE WHEN w.until < :today THEN 0 ELSE 1 END AS risk
FROM (
	SELECT o.id AS organization, 'drills' AS subject, '' AS detail, COALESCE((SELECT MAX(r.due_on) FROM register_record r
		WHERE r.register = 'drills' AND r.organization = o.id AND r.state = 'active'), '') AS until
	FROM organization o WHERE o.state = 'active' AND o.kind IN ('department', 'bureau')
	UNION ALL
	SELECT r.organization, r.id, r.record_key, '' FROM register_record r
	WHERE r.register = 'drills' AND r.state = 'active' AND json_extract(r.body, '$.evaluation') IS NULL
		AND r.created_at < :now - :drill_evaluation * 172800000000) w
WHERE w.until <= :soon ORDER BY w.organization, w.subject LIMIT :most;

-- Every organization has a policy; important data are not backed up in the clear.
-- name: check_backup_policy_missing
SELECT w.organization AS organization, w.subject AS subject, w.detail AS detail, 0 AS risk
FROM (
	SELECT o.id AS organization, 'backup_policies' AS subject, '' AS detail FROM organization o
	WHERE o.state = 'active' AND o.kind IN ('department', 'bureau') AND NOT EXISTS (SELECT 1 FROM register_record r
		WHERE r.register = 'backup_policies' AND r.organization = o.id AND r.state = 'active')
	UNION ALL
	SELECT r.organization, r.id, r.record_key FROM register_record r
	WHERE r.register = 'backup_policies' AND r.state = 'active' AND r.body LIKE '%"important":true%' AND r.body LIKE '%"encrypted":false%') w
ORDER BY w.organization, w.subject LIMIT :most;

-- One each, neither none nor two.
-- name: check_mailbox_admin_missing
SELECT o.id AS organization, 'mailboxes' AS subject, CAST(COALESCE(m.n, 0) AS TEXT) AS detail, 0 AS risk
FROM organization o LEFT JOIN (
	SELECT COALESCE(json_extract(body, '$.administers'), organization) AS who, COUNT(*) AS n FROM register_record
	WHERE register = 'mailboxes' AND state = 'active' AND json_extract(body, '$.kind') = 'administrator' AND json_extract(body, '$.state') = 'in_use'
	GROUP BY COALESCE(json_extract(body, '$.administers'), organization)) m ON m.who = o.id
WHERE o.state = 'active' AND o.kind IN ('department', 'bureau') AND COALESCE(m.n, 0) <> 1
ORDER BY o.id LIMIT :most;

-- Closed on the day on which its holder goes; a locked one is not closed.
-- name: check_mailbox_holder_left
SELECT r.organization AS organization, r.id AS subject, r.record_key AS detail, 0 AS risk
FROM register_record r JOIN account a ON a.id = json_extract(r.body, '$.holder')
WHERE r.register = 'mailboxes' AND r.state = 'active' AND (a.state = 'closed' OR a.organization <> r.organization)
ORDER BY r.organization, r.id LIMIT :most;

-- Who runs systems looks at them daily; festivals give some days of grace.
-- name: check_patrol_missing
SELECT o.id AS organization, 'patrols' AS subject, '' AS detail, 0 AS risk
FROM organization o
WHERE o.state = 'active' AND (o.kind = 'bureau' OR (o.kind = 'department' AND EXISTS (SELECT 1 FROM register_record s
		WHERE s.register = 'systems' AND s.organization = o.id AND s.state = 'active')))
	AND NOT EXISTS (SELECT 1 FROM register_record r WHERE r.register = 'patrols' AND r.organization = o.id AND r.state = 'active'
		AND json_extract(r.body, '$.kind') = 'daily' AND r.created_at >= :now - :patrol_gap * 86400000000)
ORDER BY o.id LIMIT :most;

-- The bureau reads the logs and verifies that their backup is what the log was.
-- name: check_ledger_drill
SELECT o.id AS organization, 'log_backup' AS subject, '' AS detail, 0 AS risk
FROM organization o
WHERE o.state = 'active' AND o.kind = 'bureau' AND NOT EXISTS (SELECT 1 FROM register_record r
	WHERE r.register = 'patrols' AND r.organization = o.id AND r.state = 'active' AND json_extract(r.body, '$.kind') = 'logs'
		AND r.body LIKE '%"log_backup":true%' AND r.created_at >= :now - :ledger_check * 86400000000)
ORDER BY o.id LIMIT :most;

-- The bureau's standards, by topic.
-- name: check_standards_missing
SELECT '' AS organization, owed.topic AS subject, '' AS detail, 0 AS risk
FROM (SELECT 'grading' AS topic UNION ALL SELECT 'masking' UNION ALL SELECT 'sharing' UNION ALL SELECT 'metadata' UNION ALL SELECT 'security') owed
WHERE NOT EXISTS (SELECT 1 FROM register_record r WHERE r.register = 'standards' AND r.state = 'active' AND r.due_on >= :today
	AND json_extract(r.body, '$.topic') = owed.topic AND json_extract(r.body, '$.state') = 'current')
ORDER BY owed.topic LIMIT :most;

-- name: check_library_without_lead
SELECT '' AS organization, b.id AS subject, b.record_key AS detail, 0 AS risk
FROM register_record b
WHERE b.register = 'libraries' AND b.state = 'active' AND json_extract(b.body, '$.kind') IN ('base', 'theme') AND NOT EXISTS (
	SELECT 1 FROM register_record r JOIN organization o ON o.id = json_extract(r.body, '$.organization') AND o.state = 'active'
	WHERE r.register = 'library_leads' AND r.state = 'active' AND r.due_on >= :today AND json_extract(r.body, '$.role') = 'lead'
		AND json_extract(r.body, '$.library') = b.id)
ORDER BY b.id LIMIT :most;

-- A month and a half-year that are over and had no inspection; what of the running ones is not opened yet is near. The platform was
-- there all the time when the bureau is older than two such periods.
-- name: check_inspection_missing
WITH day AS (SELECT CAST(substr(:today, 1, 4) AS INTEGER) AS y, CAST(substr(:today, 6, 2) AS INTEGER) AS m),
period AS (
	SELECT CASE WHEN m = 1 THEN CAST(y - 1 AS TEXT) || '-12' ELSE CAST(y AS TEXT) || '-' || substr('0102030405060708091011', m * 2 - 3, 2) END AS name,
		0 AS risk, 62 AS age FROM day
	UNION ALL
	SELECT CASE WHEN m <= 6 THEN CAST(y - 1 AS TEXT) || '-H2' ELSE CAST(y AS TEXT) || '-H1' END, 0, 368 FROM day
	UNION ALL
	SELECT substr(:today, 1, 7), 1, 0 FROM day
	UNION ALL
	SELECT CAST(y AS TEXT) || CASE WHEN m <= 6 THEN '-H1' ELSE '-H2' END, 1, 0 FROM day)
SELECT o.id AS organization, p.name AS subject, '' AS detail, p.risk AS risk
FROM organization o, period p
WHERE o.kind = 'bureau' AND o.state = 'active' AND o.created_at <= :now - p.age * 86400000000
	AND NOT EXISTS (SELECT 1 FROM oversight_inspection i WHERE i.period = p.name AND i.kind <> 'special' AND i.organization = '')
ORDER BY o.id, p.name LIMIT :most;

-- ---- systems, networks, media ----

-- name: check_app_untested
SELECT organization, id AS subject, record_key || ' ' || due_on AS detail,
	CASE WHEN due_on < :today OR body LIKE '%"tampering":false%' OR body LIKE '%"viruses":false%' OR body LIKE '%"attacks":false%'
		OR body LIKE '%"outage":false%' OR body LIKE '%"leakage":false%' THEN 0 ELSE 1 END AS risk
FROM register_record
WHERE register = 'apps' AND state = 'active' AND (due_on <= :soon OR body LIKE '%"tampering":false%' OR body LIKE '%"viruses":false%'
	OR body LIKE '%"attacks":false%' OR body LIKE '%"outage":false%' OR body LIKE '%"leakage":false%')
ORDER BY organization, id LIMIT :most;

-- Looked at in time, and flaws mended by the day that was set.
-- name: check_cloud_tenant_unreviewed
SELECT w.organization AS organization, w.subject AS subject, w.detail AS detail, CASE WHEN w.until < :today THEN 0 ELSE 1 END AS risk
FROM (
	SELECT organization, id AS subject, record_key AS detail, CASE WHEN CAST(json_extract(body, '$.open_flaws') AS INTEGER) > 0
		AND json_extract(body, '$.mend_by') < due_on THEN json_extract(body, '$.mend_by') ELSE due_on END AS until
	FROM register_record WHERE register = 'cloud_tenants' AND state = 'active' AND json_extract(body, '$.migration') <> 'left') w
WHERE w.until <= :soon ORDER BY w.organization, w.subject LIMIT :most;

-- name: check_contractor_without_agreement
SELECT r.organization AS organization, r.id AS subject, r.record_key AS detail, 0 AS risk
FROM register_record r
WHERE r.register = 'contractors' AND r.state = 'active' AND json_extract(r.body, '$.state') IN ('admitted', 'leaving') AND NOT EXISTS (
	SELECT 1 FROM register_record a WHERE a.register = 'agreements' AND a.organization = r.organization AND a.state = 'active'
		AND a.due_on >= :today AND a.record_key = json_extract(r.body, '$.agreement'))
ORDER BY r.organization, r.id LIMIT :most;

-- Systems of grade three and above, by the newest good assessment of their cryptography.
-- name: check_crypto_assessment_due
SELECT w.organization AS organization, w.subject AS subject, w.detail AS detail, CASE WHEN w.until < :today THEN 0 ELSE 1 END AS risk
FROM (
	SELECT s.organization AS organization, s.id AS subject, s.name AS detail, COALESCE((SELECT MAX(r.due_on) FROM register_record r
		WHERE r.register = 'system_filings' AND r.organization = s.organization AND r.state = 'active' AND json_extract(r.body, '$.system') = s.id
			AND json_extract(r.body, '$.kind') = 'crypto' AND json_extract(r.body, '$.result') IN ('conforms', 'basically')), '') AS until
	FROM system s WHERE s.state = 'active' AND s.mlps_level >= 3) w
WHERE w.until <= :soon ORDER BY w.organization, w.subject LIMIT :most;

-- Not in the book; or of grade two and above without a filing.
-- name: check_system_unfiled
SELECT w.organization AS organization, w.subject AS subject, w.detail AS detail, 0 AS risk
FROM (
	SELECT s.organization AS organization, s.id AS subject, s.name AS detail FROM system s JOIN organization o ON o.id = s.organization
	WHERE s.state = 'active' AND o.kind IN ('department', 'bureau', 'institution') AND NOT EXISTS (SELECT 1 FROM register_record r
		WHERE r.register = 'systems' AND r.state = 'active' AND r.organization = s.organization AND json_extract(r.body, '$.system') = s.id)
	UNION ALL
	SELECT r.organization, r.id, r.record_key FROM register_record r
	WHERE r.register = 'systems' AND r.state = 'active' AND CAST(json_extract(r.body, '$.level') AS INTEGER) >= 2
		AND json_extract(r.body, '$.filing') IS NULL AND NOT EXISTS (SELECT 1 FROM register_record f WHERE f.register = 'system_filings'
			AND f.organization = r.organization AND f.state = 'active' AND json_extract(f.body, '$.system') = json_extract(r.body, '$.system')
			AND json_extract(f.body, '$.kind') = 'mlps' AND json_extract(f.body, '$.state') = 'filed')) w
ORDER BY w.organization, w.subject LIMIT :most;

-- Planned for no day or one that is over, or exempt without a reason.
-- name: check_system_unconnected
SELECT w.organization AS organization, w.subject AS subject, w.detail AS detail, CASE WHEN w.until < :today THEN 0 ELSE 1 END AS risk
FROM (
	SELECT organization, id AS subject, record_key AS detail, CASE WHEN json_extract(body, '$.connection') = 'planned'
		THEN COALESCE(json_extract(body, '$.connect_by'), '') WHEN json_extract(body, '$.exemption') IS NULL THEN '' ELSE '9999-12-31' END AS until
	FROM register_record WHERE register = 'systems' AND state = 'active' AND json_extract(body, '$.connection') IN ('planned', 'exempt')) w
WHERE w.until <= :soon ORDER BY w.organization, w.subject LIMIT :most;

-- name: check_front_node_stale
SELECT organization, id AS subject, record_key AS detail,
	CASE WHEN due_on < :today OR json_extract(body, '$.state') = 'offline' THEN 0 ELSE 1 END AS risk
FROM register_record
WHERE register = 'front_nodes' AND state = 'active' AND json_extract(body, '$.state') <> 'suspended'
	AND (due_on <= :soon OR json_extract(body, '$.state') = 'offline')
ORDER BY organization, id LIMIT :most;

-- Looked at in time, with a living antivirus, and wireless only where that was approved.
-- name: check_terminal_check_overdue
SELECT organization, id AS subject, record_key AS detail, CASE WHEN due_on < :today OR json_extract(body, '$.antivirus') <> 'ok'
	OR (json_extract(body, '$.connection') = 'wireless' AND json_extract(body, '$.approval') IS NULL) THEN 0 ELSE 1 END AS risk
FROM register_record
WHERE register = 'terminals' AND state = 'active' AND (due_on <= :soon OR json_extract(body, '$.antivirus') <> 'ok'
	OR (json_extract(body, '$.connection') = 'wireless' AND json_extract(body, '$.approval') IS NULL))
ORDER BY organization, id LIMIT :most;

-- Risks that were not looked at in time; organizations without an assessment of risks that was accepted in the last year.
-- name: check_risk_assessment_due
SELECT w.organization AS organization, w.subject AS subject, w.detail AS detail, w.risk AS risk
FROM (
	SELECT r.organization AS organization, r.id AS subject, r.record_key AS detail, CASE WHEN r.due_on < :today THEN 0 ELSE 1 END AS risk
	FROM register_record r WHERE r.register = 'risk_points' AND r.state = 'active' AND r.due_on <= :soon
	UNION ALL
	SELECT o.id, 'risk_assessment', '', CASE WHEN COALESCE(c.at, 0) < :now - :risk_assessment_every * 86400000000 THEN 0 ELSE 1 END
	FROM organization o LEFT JOIN (
		SELECT json_extract(parties, '$.organization') AS organization, MAX(changed_at) AS at FROM work_case
		WHERE procedure = 'risk_assessment' AND state = 'accepted' GROUP BY json_extract(parties, '$.organization')) c ON c.organization = o.id
	WHERE o.state = 'active' AND o.kind IN ('department', 'bureau')
		AND COALESCE(c.at, 0) < :now - :risk_assessment_every * 86400000000 + :check_warn * 86400000000) w
ORDER BY w.organization, w.subject LIMIT :most;

-- What names resolve to, and the rules of security devices, change with a ticket that was open at that moment. A change that had none stays
-- found until the rectification is verified, for a year at most.
-- name: check_change_without_ticket
WITH ticket AS MATERIALIZED (
	SELECT json_extract(parties, '$.organization') AS organization, opened_at, CASE WHEN ended = 0 THEN :now ELSE changed_at END AS until
	FROM work_case WHERE procedure = 'change_ticket' AND state IN ('approved', 'working', 'done', 'verified', 'failed', 'rolled_back')),
settled AS MATERIALIZED (
	SELECT f.subject AS subject FROM oversight_finding f JOIN work_case c ON c.id = f.case_id
	WHERE f.check_id = 'change_without_ticket' AND c.state = 'verified')
SELECT r.organization AS organization, h.record || '/' || CAST(h.number AS TEXT) AS subject, r.record_key AS detail, 0 AS risk
FROM register_record r JOIN register_history h ON h.record = r.id
WHERE r.register IN ('domains', 'security_products') AND h.kind = 'change' AND h.at > :now - 365 * 86400000000
	AND (h.changes LIKE '%"addresses":%' OR h.changes LIKE '%"servers":%' OR h.changes LIKE '%"mail":%' OR h.changes LIKE '%"policy_on":%')
	AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.organization = r.organization AND t.opened_at <= h.at AND t.until >= h.at)
	AND NOT EXISTS (SELECT 1 FROM settled s WHERE s.subject = h.record || '/' || CAST(h.number AS TEXT))
ORDER BY r.organization, h.record, h.number LIMIT :most;

-- ---- websites ----

-- The endings of government names, compared label by label; an institution has its own, and mail may be the province's.
-- name: check_site_domain_suffix
SELECT r.organization AS organization, r.id AS subject, r.record_key AS detail, 0 AS risk
FROM register_record r JOIN organization o ON o.id = r.organization
WHERE r.register IN ('domains', 'sites') AND r.state = 'active'
	AND COALESCE(json_extract(r.body, '$.kind'), 'site') IN ('site', 'mail')
	AND NOT (r.record_key LIKE '%.gov.cn' OR r.record_key LIKE '%.政务' OR r.record_key LIKE '%.政务.cn'
		OR r.record_key LIKE '%.xn--zfr164b' OR r.record_key LIKE '%.xn--zfr164b.cn')
	AND NOT (json_extract(r.body, '$.kind') = 'mail' AND r.record_key LIKE '%.shandong.cn')
	AND NOT (o.kind = 'institution' AND (r.record_key LIKE '%.cn' OR r.record_key LIKE '%.公益' OR r.record_key LIKE '%.xn--55qw42g'))
ORDER BY r.organization, r.id LIMIT :most;

-- name: check_site_unfiled
SELECT organization, id AS subject, record_key AS detail, 0 AS risk
FROM register_record
WHERE register = 'sites' AND state = 'active' AND (json_extract(body, '$.code') IS NULL OR json_extract(body, '$.icp') IS NULL
	OR json_extract(body, '$.police') IS NULL OR json_extract(body, '$.filed_on') IS NULL)
ORDER BY organization, id LIMIT :most;

-- Opened after review and test, checked since in time; no institution without public duties but by exception.
-- name: check_site_unreviewed
SELECT organization, id AS subject, record_key || ' ' || due_on AS detail, CASE WHEN due_on < :today OR json_extract(body, '$.reviewed_on') IS NULL
	OR json_extract(body, '$.tested_on') IS NULL OR (json_extract(body, '$.organizer') = 'excepted' AND json_extract(body, '$.exception') IS NULL)
	THEN 0 ELSE 1 END AS risk
FROM register_record
WHERE register = 'sites' AND state = 'active' AND (due_on <= :soon OR json_extract(body, '$.reviewed_on') IS NULL
	OR json_extract(body, '$.tested_on') IS NULL OR (json_extract(body, '$.organizer') = 'excepted' AND json_extract(body, '$.exception') IS NULL))
ORDER BY organization, id LIMIT :most;
