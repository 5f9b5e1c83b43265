-- What checks find: {sql: late_answer} of a check file runs check_late_answer. Every statement is one SELECT that gives
--
--   organization   who answers for it; NULL or empty: the bureau
--   subject        what it is, the same text as long as it is the same thing: a case, a grant, a resource …
--   detail         data for people: a date, a name. No sentences: the finding's text stands in the check file, in both languages
--   risk           0 offends, 1 does not yet
--
-- one row for each subject of an organization, ordered by both, with LIMIT :most. Parameters: :now (microseconds), :today (YYYY-MM-DD),
-- :most; every other name is a parameter of the rule pack, a whole number (:account_idle); one that the pack has not means that the
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
