-- Alerts of misuse, and what the rules have counted so far. Moments are microseconds since 1970, places are entries of the ledger.

-- migration: 1 watch
-- One row: up to where the log was looked at.
CREATE TABLE watch_state (
	one BIGINT PRIMARY KEY CHECK (one = 1),
	next BIGINT NOT NULL, -- the first entry that was not looked at
	log BIGINT NOT NULL, -- raised when the log turns out to be another; places of alerts mean the log of their number
	anchor TEXT NOT NULL -- SHA-256 of entry next - 1
);
INSERT INTO watch_state (one, next, log, anchor) VALUES (1, 0, 0, '');

-- Derived from the log: a rule's window for a subject (and a case number, where the rule tells cases apart).
CREATE TABLE watch_counter (
	rule TEXT NOT NULL, -- id and digest of what it counts by
	subject TEXT NOT NULL,
	slot TEXT NOT NULL,
	last_at BIGINT NOT NULL,
	state BLOB NOT NULL,
	PRIMARY KEY (rule, subject, slot)
);

-- Derived from the log: when each grant was last used.
CREATE TABLE watch_used (
	grant_id TEXT PRIMARY KEY,
	at BIGINT NOT NULL,
	entry BIGINT NOT NULL
);

CREATE TABLE watch_alert (
	id TEXT PRIMARY KEY,
	rule TEXT NOT NULL,
	per TEXT NOT NULL CHECK (per IN ('grant', 'system', 'account', 'address', 'person')),
	subject TEXT NOT NULL, -- id, address, or the keyed digest of a person
	organization TEXT NOT NULL, -- whose it is; empty where nobody is known
	severity TEXT NOT NULL CHECK (severity IN ('minor', 'major', 'critical')),
	state TEXT NOT NULL CHECK (state IN ('open', 'handled')),
	first_at BIGINT NOT NULL,
	last_at BIGINT NOT NULL,
	count BIGINT NOT NULL, -- entries that reached the threshold
	log BIGINT NOT NULL,
	from_index BIGINT NOT NULL, -- the evidence: entries from here
	to_index BIGINT NOT NULL, -- to here
	measured BIGINT NOT NULL, -- the most
	threshold BIGINT NOT NULL, -- as it was
	case_id TEXT,
	entered BIGINT NOT NULL, -- 1 once it is in the ledger
	handled_by TEXT, -- account; NULL where the end of its case did it
	handled_at BIGINT,
	reason TEXT
);
CREATE INDEX watch_alert_by_subject ON watch_alert (rule, subject, to_index);
CREATE INDEX watch_alert_by_state ON watch_alert (state, organization);
CREATE INDEX watch_alert_by_time ON watch_alert (first_at, id);
CREATE INDEX watch_alert_by_case ON watch_alert (case_id);
CREATE INDEX watch_alert_by_entered ON watch_alert (entered);

-- name: state
SELECT next, log, anchor FROM watch_state WHERE one = 1;

-- name: lock
-- sqlite:
SELECT next, log, anchor FROM watch_state WHERE one = 1;
-- postgres:
SELECT next, log, anchor FROM watch_state WHERE one = 1 FOR UPDATE;

-- name: set_state
UPDATE watch_state SET next = :next, log = :log, anchor = :anchor WHERE one = 1;

-- name: counters
SELECT rule, subject, slot, last_at, state FROM watch_counter ORDER BY rule, subject, slot LIMIT :most;

-- name: set_counter
INSERT INTO watch_counter (rule, subject, slot, last_at, state) VALUES (:rule, :subject, :slot, :last_at, :state)
	ON CONFLICT (rule, subject, slot) DO UPDATE SET last_at = excluded.last_at, state = excluded.state;

-- name: delete_counter
DELETE FROM watch_counter WHERE rule = :rule AND subject = :subject AND slot = :slot;

-- name: empty_counters
DELETE FROM watch_counter;

-- name: set_used
INSERT INTO watch_used (grant_id, at, entry) VALUES (:grant_id, :at, :entry)
	ON CONFLICT (grant_id) DO UPDATE SET at = excluded.at, entry = excluded.entry;

-- name: empty_used
DELETE FROM watch_used;

-- name: grant
SELECT level, consumer, state, case_id FROM sharing_grant WHERE id = :id;

-- name: unused
SELECT g.id AS id, g.consumer AS consumer, COALESCE(u.at, g.activated_at) AS at, COALESCE(u.entry, 0) AS entry
FROM sharing_grant g LEFT JOIN watch_used u ON u.grant_id = g.id
WHERE g.state = 'active' AND COALESCE(u.at, g.activated_at) <= :until ORDER BY g.id LIMIT 10000;

-- name: latest
SELECT id, organization, state, first_at, last_at, count, from_index, to_index, measured, case_id
FROM watch_alert WHERE rule = :rule AND subject = :subject AND log = :log ORDER BY to_index DESC, id DESC LIMIT 1;

-- name: add_alert
INSERT INTO watch_alert (id, rule, per, subject, organization, severity, state, first_at, last_at, count, log, from_index, to_index, measured,
	threshold, case_id, entered)
VALUES (:id, :rule, :per, :subject, :organization, :severity, 'open', :first_at, :last_at, :count, :log, :from_index, :to_index, :measured,
	:threshold, :case_id, 0);

-- name: set_alert
UPDATE watch_alert SET last_at = :last_at, count = :count, to_index = :to_index, measured = :measured
WHERE id = :id AND state = 'open';

-- name: close_with_cases
UPDATE watch_alert SET state = 'handled', handled_at = :now
WHERE state = 'open' AND case_id IN (SELECT id FROM work_case WHERE procedure = 'alert' AND ended = 1);

-- name: to_enter
SELECT id, rule, per, subject, organization, severity, from_index, to_index, measured, threshold, case_id
FROM watch_alert WHERE entered = 0 ORDER BY first_at, id LIMIT 100;

-- name: entered
UPDATE watch_alert SET entered = 1 WHERE id = :id;

-- name: of_case
SELECT id, per, subject FROM watch_alert WHERE case_id = :case_id;

-- name: alert
-- sqlite:
SELECT id, subject, state, case_id FROM watch_alert WHERE id = :id;
-- postgres:
SELECT id, subject, state, case_id FROM watch_alert WHERE id = :id FOR UPDATE;

-- name: handle
UPDATE watch_alert SET state = 'handled', handled_by = :account, handled_at = :now, reason = :reason WHERE id = :id AND state = 'open';

-- name: one
SELECT id, rule, per, subject, organization, severity, state, first_at, last_at, count, from_index, to_index, measured, threshold, case_id,
	handled_by, handled_at, reason
FROM watch_alert WHERE id = :id AND (CAST(:organization AS TEXT) IS NULL OR organization = :organization);

-- name: alerts
SELECT id, rule, per, subject, organization, severity, state, first_at, last_at, count, from_index, to_index, measured, threshold, case_id,
	handled_by, handled_at, reason
FROM watch_alert
WHERE (CAST(:state AS TEXT) IS NULL OR state = :state) AND (CAST(:rule AS TEXT) IS NULL OR rule = :rule)
	AND (CAST(:subject AS TEXT) IS NULL OR subject = :subject) AND (CAST(:organization AS TEXT) IS NULL OR organization = :organization)
	AND (CAST(:before AS TEXT) IS NULL OR (first_at < (SELECT b.first_at FROM watch_alert b WHERE b.id = :before)
		OR (first_at = (SELECT b.first_at FROM watch_alert b WHERE b.id = :before) AND id < :before)))
ORDER BY first_at DESC, id DESC LIMIT :most;
