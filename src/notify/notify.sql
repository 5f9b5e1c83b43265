-- Notices that leave the inbox: who wants them where, and what became of each.
-- Ids are fn_id_new() texts, moments are microseconds since 1970.

-- migration: 1 outbox
-- Where an account wants to be told by mail. One address each; no row: the inbox alone.
CREATE TABLE notify_contact (
	account TEXT PRIMARY KEY REFERENCES account (id),
	email TEXT NOT NULL,
	at BIGINT NOT NULL
);

-- Notices already put into the outbox, so that none is put there twice.
CREATE TABLE notify_spread (
	notice TEXT PRIMARY KEY REFERENCES work_notice (id)
);

CREATE TABLE notify_message (
	id TEXT PRIMARY KEY,
	notice TEXT NOT NULL REFERENCES work_notice (id),
	channel TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
	account TEXT NOT NULL, -- empty for the webhook
	address TEXT NOT NULL,
	-- 'sending' is written before the first byte leaves: what stands there when the program starts again may have arrived, and is
	-- never sent a second time but becomes 'unsure'
	state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'unsure')),
	tries BIGINT NOT NULL,
	next_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	why TEXT, -- of the last failure
	UNIQUE (notice, channel, account)
);
CREATE INDEX notify_message_due ON notify_message (state, next_at);

-- name: set_contact
INSERT INTO notify_contact (account, email, at) VALUES (:account, :email, :now)
ON CONFLICT (account) DO UPDATE SET email = excluded.email, at = excluded.at;

-- name: clear_contact
DELETE FROM notify_contact WHERE account = :account;

-- name: contact
SELECT email FROM notify_contact WHERE account = :account;

-- name: unspread
SELECT n.id AS id, n.organization AS organization, n.organization_kind AS kind, n.office AS office FROM work_notice n
WHERE n.at > :since AND NOT EXISTS (SELECT 1 FROM notify_spread s WHERE s.notice = n.id) ORDER BY n.at, n.id LIMIT :limit;

-- name: mark_spread
INSERT INTO notify_spread (notice) VALUES (:notice);

-- name: add_mail
-- Everybody who holds the office there, by themselves or for a colleague, and wants mail. kind is that of the notice: "regulator", or
-- "regulator:AUTHORITY" where only those of one authority are told.
INSERT INTO notify_message (id, notice, channel, account, address, state, tries, next_at, changed_at)
SELECT :id || '-' || a.id, :notice, 'mail', a.id, c.email, 'waiting', 0, :now, :now
FROM account a JOIN notify_contact c ON c.account = a.id JOIN organization o ON o.id = a.organization
WHERE a.state = 'active' AND (o.id = :organization OR (:organization = '' AND (o.kind = :kind OR o.kind || ':' || o.authority = :kind)))
AND (EXISTS (SELECT 1 FROM office f WHERE f.account = a.id AND f.office = :office)
	OR EXISTS (SELECT 1 FROM delegation d WHERE d.to_account = a.id AND d.office = :office AND d.ended_at IS NULL AND d.valid_from <= :now AND d.valid_until > :now))
ON CONFLICT DO NOTHING;

-- name: add_webhook
INSERT INTO notify_message (id, notice, channel, account, address, state, tries, next_at, changed_at)
VALUES (:id, :notice, 'webhook', '', :address, 'waiting', 0, :now, :now) ON CONFLICT DO NOTHING;

-- name: due
SELECT m.id AS id, m.channel AS channel, m.account AS account, m.address AS address, m.tries AS tries, n.id AS notice, n.case_id AS case_id, n.kind AS kind, n.at AS at
FROM notify_message m JOIN work_notice n ON n.id = m.notice
WHERE m.state = 'waiting' AND m.next_at <= :now ORDER BY m.next_at, m.id LIMIT 1;

-- name: move_message
UPDATE notify_message SET state = :to, tries = tries + :tried, next_at = :next, changed_at = :now, why = :why WHERE id = :id AND state = :from;

-- name: give_up_sending
UPDATE notify_message SET state = 'unsure', changed_at = :now, why = 'the program ended while it was sent' WHERE state = 'sending';

-- name: counts
SELECT channel, state, COUNT(*) AS n FROM notify_message GROUP BY channel, state ORDER BY channel, state;

-- name: troubles
SELECT id, channel, account, state, tries, changed_at, why FROM notify_message WHERE state IN ('failed', 'unsure') OR (state = 'waiting' AND tries > 0)
ORDER BY changed_at DESC, id DESC LIMIT 100;
