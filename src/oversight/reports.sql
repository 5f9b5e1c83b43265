-- What reports tell: {sql: applications} of a report file runs report_applications. Every statement is one SELECT that gives
-- "organization" (whose row it is; empty: the city's, shown to who oversees it) and the columns that the file names, ordered, with
-- LIMIT :most. Columns whose unit is percent are per mille. A column "restricted_by" names the procedure of the case that the row tells
-- of: rows of restricted procedures are left out.
--
-- Parameters: :from, :until (microseconds, the latter exclusive), :from_on, :until_on (days, the latter exclusive), :period,
-- :inspection, :organization (empty: all), :most; every other name is a parameter of the rule pack. Nothing may hang on the moment at
-- which it runs.
-- To add one: its statement here, its section in rules/reports/, and rows in report_test.c.

-- ---- quarterly notice ----

-- Of the applications that were sent to an organization in the period.
-- name: report_applications
SELECT o.id AS organization, o.name AS name, a.received AS received, a.answered AS answered, a.on_time AS on_time, a.late AS late,
	CASE WHEN a.due > 0 THEN 1000 * a.on_time / a.due ELSE NULL END AS rate, a.refused AS refused, a.received - a.answered - a.withdrawn AS waiting
FROM organization o JOIN (
	SELECT s.provider AS provider, COUNT(*) AS received, SUM(s.answered) AS answered, SUM(s.refused) AS refused, SUM(s.late) AS late,
		SUM(CASE WHEN s.answered = 1 AND s.late = 0 THEN 1 ELSE 0 END) AS on_time,
		SUM(CASE WHEN s.answered = 1 OR s.late = 1 THEN 1 ELSE 0 END) AS due,
		SUM(CASE WHEN s.answered = 0 AND s.ended = 1 THEN 1 ELSE 0 END) AS withdrawn
	FROM (
		SELECT json_extract(c.parties, '$.provider') AS provider, c.ended AS ended,
			CASE WHEN EXISTS (SELECT 1 FROM work_history h WHERE h.case_id = c.id AND h.kind = 'step' AND h.step IN ('agree', 'refuse', 'answer'))
				THEN 1 ELSE 0 END AS answered,
			CASE WHEN EXISTS (SELECT 1 FROM work_history h WHERE h.case_id = c.id AND h.kind = 'step' AND h.step = 'refuse') THEN 1 ELSE 0 END AS refused,
			CASE WHEN EXISTS (SELECT 1 FROM work_finding w WHERE w.case_id = c.id AND w.finding = 'late_answer') THEN 1 ELSE 0 END AS late
		FROM work_case c
		WHERE c.procedure IN ('sharing_application', 'sharing_unconditional') AND c.opened_at < :until AND c.changed_at >= :from AND EXISTS (
			SELECT 1 FROM work_history h WHERE h.case_id = c.id AND h.kind = 'step' AND h.step = 'send' AND h.at >= :from AND h.at < :until)) s
	GROUP BY s.provider) a ON a.provider = o.id
WHERE (:organization = '' OR o.id = :organization) ORDER BY o.id LIMIT :most;

-- name: report_asked
SELECT o.id AS organization, o.name AS name, a.sent AS sent, a.agreed AS agreed, a.refused AS refused, a.disputed AS disputed
FROM organization o JOIN (
	SELECT s.consumer AS consumer, COUNT(*) AS sent, SUM(s.agreed) AS agreed, SUM(s.refused) AS refused, SUM(s.disputed) AS disputed
	FROM (
		SELECT json_extract(c.parties, '$.consumer') AS consumer,
			CASE WHEN EXISTS (SELECT 1 FROM work_history h WHERE h.case_id = c.id AND h.kind = 'step' AND h.step IN ('agree', 'answer', 'obtain'))
				THEN 1 ELSE 0 END AS agreed,
			CASE WHEN EXISTS (SELECT 1 FROM work_history h WHERE h.case_id = c.id AND h.kind = 'step' AND h.step = 'refuse') THEN 1 ELSE 0 END AS refused,
			CASE WHEN EXISTS (SELECT 1 FROM work_history h WHERE h.case_id = c.id AND h.kind = 'step' AND h.step = 'dispute') THEN 1 ELSE 0 END AS disputed
		FROM work_case c
		WHERE c.procedure IN ('sharing_application', 'sharing_unconditional') AND c.opened_at < :until AND c.changed_at >= :from AND EXISTS (
			SELECT 1 FROM work_history h WHERE h.case_id = c.id AND h.kind = 'step' AND h.step IN ('send', 'obtain') AND h.at >= :from
				AND h.at < :until)) s
	GROUP BY s.consumer) a ON a.consumer = o.id
WHERE (:organization = '' OR o.id = :organization) ORDER BY o.id LIMIT :most;

-- What an organization gives and gets by grants: those that began in the period, and those that are in force.
-- name: report_volume
SELECT o.id AS organization, o.name AS name, v.published AS published, v.gives_new AS gives_new, v.gives AS gives, v.gets_new AS gets_new,
	v.gets AS gets
FROM organization o JOIN (
	SELECT u.organization AS organization, SUM(u.published) AS published, SUM(u.gives_new) AS gives_new, SUM(u.gives) AS gives,
		SUM(u.gets_new) AS gets_new, SUM(u.gets) AS gets
	FROM (
		SELECT r.organization AS organization, 1 AS published, 0 AS gives_new, 0 AS gives, 0 AS gets_new, 0 AS gets
		FROM resource r JOIN resource_version v ON v.resource = r.code AND v.version = r.published_version
		WHERE r.offered = 'published' AND v.published_at < :until
		UNION ALL
		SELECT g.provider, 0, CASE WHEN g.activated_at >= :from THEN 1 ELSE 0 END, CASE WHEN g.state = 'active' THEN 1 ELSE 0 END, 0, 0
		FROM sharing_grant g WHERE g.activated_at < :until
		UNION ALL
		SELECT g.consumer, 0, 0, 0, CASE WHEN g.activated_at >= :from THEN 1 ELSE 0 END, CASE WHEN g.state = 'active' THEN 1 ELSE 0 END
		FROM sharing_grant g WHERE g.activated_at < :until) u
	GROUP BY u.organization) v ON v.organization = o.id
WHERE (:organization = '' OR o.id = :organization) ORDER BY o.id LIMIT :most;

-- What was late for the first time in the period.
-- name: report_lateness
SELECT w.organization AS organization, o.name AS name, w.finding AS what, COUNT(*) AS n
FROM (
	SELECT f.finding AS finding, COALESCE(json_extract(c.parties, CASE WHEN f.finding = 'late_disposal' THEN '$.consumer' ELSE '$.provider' END),
		json_extract(c.parties, '$.organization'), json_extract(c.parties, '$.consumer'), '') AS organization
	FROM work_finding f JOIN work_case c ON c.id = f.case_id
	WHERE f.due_on >= :from_on AND f.due_on < :until_on AND f.finding IN ('late_answer', 'late_supply', 'late_rectification', 'late_disposal')) w
LEFT JOIN organization o ON o.id = w.organization
WHERE (:organization = '' OR w.organization = :organization)
GROUP BY w.organization, o.name, w.finding ORDER BY w.organization, w.finding LIMIT :most;

-- ---- yearly assessment ----

-- In time is what was verified and closed without its clock ever running out.
-- name: report_findings
SELECT f.organization AS organization, o.name AS name, COUNT(*) AS found, SUM(CASE WHEN f.severity = 'critical' THEN 1 ELSE 0 END) AS critical,
	SUM(CASE WHEN f.state = 'open' THEN 0 ELSE 1 END) AS rectified,
	SUM(CASE WHEN f.state <> 'open' AND f.reopened = 0 AND NOT EXISTS (SELECT 1 FROM work_finding w WHERE w.case_id = f.case_id
		AND w.finding = 'late_rectification') THEN 1 ELSE 0 END) AS in_time,
	1000 * SUM(CASE WHEN f.state <> 'open' AND f.reopened = 0 AND NOT EXISTS (SELECT 1 FROM work_finding w WHERE w.case_id = f.case_id
		AND w.finding = 'late_rectification') THEN 1 ELSE 0 END) / COUNT(*) AS rate,
	SUM(CASE WHEN f.reopened > 0 THEN 1 ELSE 0 END) AS again
FROM oversight_finding f LEFT JOIN organization o ON o.id = f.organization
WHERE f.found_at >= :from AND f.found_at < :until AND (:organization = '' OR f.organization = :organization)
GROUP BY f.organization, o.name ORDER BY f.organization LIMIT :most;

-- name: report_findings_by_check
SELECT f.organization AS organization, o.name AS name, f.check_id AS check_id, f.severity AS severity, COUNT(*) AS found,
	SUM(CASE WHEN f.state = 'open' THEN 1 ELSE 0 END) AS open
FROM oversight_finding f LEFT JOIN organization o ON o.id = f.organization
WHERE f.found_at >= :from AND f.found_at < :until AND (:organization = '' OR f.organization = :organization)
GROUP BY f.organization, o.name, f.check_id, f.severity ORDER BY f.organization, f.check_id, f.severity LIMIT :most;

-- ---- share of types ----

-- name: report_types
SELECT o.id AS organization, o.name AS name, t.n AS n, t.unconditional AS unconditional, t.conditional AS conditional, t.withheld AS withheld,
	1000 * t.unconditional / t.n AS rate, CASE WHEN t.n < :unconditional_share_from THEN 'few' WHEN 100 * t.unconditional < :unconditional_share * t.n THEN 'low' ELSE 'fine' END
		AS verdict
FROM organization o JOIN (
	SELECT r.organization AS organization, COUNT(*) AS n, SUM(CASE WHEN v.sharing_type = 'unconditional' THEN 1 ELSE 0 END) AS unconditional,
		SUM(CASE WHEN v.sharing_type = 'conditional' THEN 1 ELSE 0 END) AS conditional,
		SUM(CASE WHEN v.sharing_type = 'withheld' THEN 1 ELSE 0 END) AS withheld
	FROM resource r JOIN resource_version v ON v.resource = r.code AND v.version = r.published_version
	WHERE r.offered = 'published' AND v.published_at < :until
	GROUP BY r.organization) t ON t.organization = o.id
WHERE (:organization = '' OR o.id = :organization) ORDER BY o.id LIMIT :most;

-- name: report_types_city
SELECT '' AS organization, COUNT(*) AS n, SUM(CASE WHEN v.sharing_type = 'unconditional' THEN 1 ELSE 0 END) AS unconditional,
	SUM(CASE WHEN v.sharing_type = 'conditional' THEN 1 ELSE 0 END) AS conditional,
	SUM(CASE WHEN v.sharing_type = 'withheld' THEN 1 ELSE 0 END) AS withheld,
	1000 * SUM(CASE WHEN v.sharing_type = 'unconditional' THEN 1 ELSE 0 END) / COUNT(*) AS rate
FROM resource r JOIN resource_version v ON v.resource = r.code AND v.version = r.published_version
WHERE r.offered = 'published' AND v.published_at < :until AND (:organization = '' OR r.organization = :organization)
HAVING COUNT(*) > 0 LIMIT :most;

-- ---- overdue ----

-- Clocks that ran out before the end of the period, and still run. Who is awaited answers for it.
-- name: report_overdue
SELECT q.organization AS organization, o.name AS name, q.case_id AS case_id, q.procedure AS procedure, q.procedure || '/' || q.clock AS clock,
	q.procedure || '/' || q.state AS state, q.due_on AS due_on, q.procedure AS restricted_by
FROM (
	SELECT COALESCE((SELECT MAX(w.organization) FROM work_waiting w WHERE w.case_id = k.case_id), '') AS organization, k.case_id AS case_id,
		c.procedure AS procedure, k.name AS clock, c.state AS state, k.due_on AS due_on
	FROM work_clock k JOIN work_case c ON c.id = k.case_id
	WHERE k.state = 'running' AND k.late = 1 AND k.due_on < :until_on AND c.ended = 0) q
LEFT JOIN organization o ON o.id = q.organization
WHERE (:organization = '' OR q.organization = :organization) ORDER BY q.organization, q.due_on, q.case_id, q.clock LIMIT :most;

-- name: report_overdue_findings
SELECT f.organization AS organization, o.name AS name, f.id AS finding, f.check_id AS check_id, f.severity AS severity, f.case_id AS case_id,
	f.deadline AS deadline
FROM oversight_finding f JOIN work_case c ON c.id = f.case_id LEFT JOIN organization o ON o.id = f.organization
WHERE f.state = 'open' AND c.state <> 'verified' AND f.deadline < :until_on AND EXISTS (
	SELECT 1 FROM work_finding w WHERE w.case_id = f.case_id AND w.finding = 'late_rectification')
	AND (:organization = '' OR f.organization = :organization)
ORDER BY f.organization, f.deadline, f.id LIMIT :most;

-- ---- demand ----

-- name: report_demands
SELECT d.consumer AS organization, o.name AS name, COUNT(*) AS n, SUM(CASE WHEN d.state = 'matched' THEN 1 ELSE 0 END) AS matched,
	SUM(CASE WHEN d.state = 'cataloged' THEN 1 ELSE 0 END) AS cataloged,
	SUM(CASE WHEN d.state IN ('refused', 'upheld') THEN 1 ELSE 0 END) AS refused,
	SUM(CASE WHEN d.state IN ('gone_on', 'withdrawn') THEN 1 ELSE 0 END) AS otherwise, SUM(CASE WHEN d.state IN ('matched', 'cataloged', 'refused', 'upheld', 'gone_on', 'withdrawn') THEN 0 ELSE 1 END) AS open
FROM (
	SELECT COALESCE(json_extract(c.parties, '$.consumer'), '') AS consumer, c.state AS state
	FROM work_case c WHERE c.procedure = 'data_demand' AND c.opened_at >= :from AND c.opened_at < :until) d
LEFT JOIN organization o ON o.id = d.consumer
WHERE (:organization = '' OR d.consumer = :organization)
GROUP BY d.consumer, o.name ORDER BY d.consumer LIMIT :most;

-- name: report_demands_each
SELECT d.consumer AS organization, o.name AS name, d.id AS case_id, d.data AS data, p.name AS owner, 'data_demand/' || d.state AS state,
	'data_demand' AS restricted_by
FROM (
	SELECT c.id AS id, COALESCE(json_extract(c.parties, '$.consumer'), '') AS consumer, json_extract(c.parties, '$.provider') AS provider,
		json_extract(c.form, '$.name') AS data, c.state AS state
	FROM work_case c WHERE c.procedure = 'data_demand' AND c.opened_at >= :from AND c.opened_at < :until) d
LEFT JOIN organization o ON o.id = d.consumer LEFT JOIN organization p ON p.id = d.provider
WHERE (:organization = '' OR d.consumer = :organization) ORDER BY d.consumer, d.id LIMIT :most;

-- ---- one inspection ----

-- name: report_inspection_findings
SELECT f.organization AS organization, o.name AS name, f.check_id AS check_id, f.severity AS severity, f.subject AS subject, f.detail AS detail,
	f.deadline AS deadline, f.state AS state, f.case_id AS case_id
FROM oversight_met m JOIN oversight_finding f ON f.id = m.finding LEFT JOIN organization o ON o.id = f.organization
WHERE m.inspection = :inspection AND (:organization = '' OR f.organization = :organization)
ORDER BY f.organization, f.check_id, f.subject, f.id LIMIT :most;

-- name: report_inspection_answers
SELECT a.organization AS organization, o.name AS name, a.check_id AS check_id, a.item AS item, a.answer AS answer, a.note AS note
FROM oversight_answer a LEFT JOIN organization o ON o.id = a.organization
WHERE a.inspection = :inspection AND (:organization = '' OR a.organization = :organization)
ORDER BY a.organization, a.check_id, a.item LIMIT :most;
