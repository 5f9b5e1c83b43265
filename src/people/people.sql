-- Organizations, persons, accounts, offices, sessions, systems and their certificates.
-- Ids are fn_id_new() texts, moments are microseconds since 1970, flags are 0 or 1, digests are lower-case hexadecimal.

-- migration: 1 people
-- One row per unit, known by its unified social credit code (GB 32100).
CREATE TABLE organization (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	kind TEXT NOT NULL CHECK (kind IN ('department', 'bureau', 'regulator', 'government', 'contractor', 'enterprise', 'institution', 'public')),
	region TEXT NOT NULL, -- administrative division, six digits
	parent TEXT REFERENCES organization (id),
	state TEXT NOT NULL CHECK (state IN ('active', 'closed')),
	created_at BIGINT NOT NULL
);
CREATE INDEX organization_by_parent ON organization (parent);

-- A real person of one organization. Colleagues of the same name are told apart by a mark in the name.
CREATE TABLE person (
	id TEXT PRIMARY KEY,
	organization TEXT NOT NULL REFERENCES organization (id),
	real_name TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	UNIQUE (organization, real_name)
);

-- One person, one account; a person whose account was closed may get a new one.
CREATE TABLE account (
	id TEXT PRIMARY KEY,
	person TEXT NOT NULL REFERENCES person (id),
	organization TEXT NOT NULL REFERENCES organization (id), -- the person's, kept here for the checks of every request
	login TEXT NOT NULL UNIQUE, -- lower case, never used again
	password TEXT NOT NULL, -- encoded argon2id hash with its parameters and salt
	password_at BIGINT NOT NULL,
	totp TEXT, -- sealed seed, NULL while not enrolled
	totp_step BIGINT NOT NULL, -- last 30-second step whose code was used, so that each code serves once
	state TEXT NOT NULL CHECK (state IN ('active', 'closed')),
	created_at BIGINT NOT NULL,
	closed_at BIGINT
);
CREATE INDEX account_by_person ON account (person);
CREATE INDEX account_by_organization ON account (organization);

-- Former passwords, of which the last ones may not come back.
CREATE TABLE password_history (
	id TEXT PRIMARY KEY,
	account TEXT NOT NULL REFERENCES account (id),
	password TEXT NOT NULL,
	set_at BIGINT NOT NULL
);
CREATE INDEX password_history_by_account ON password_history (account, set_at);

-- Offices that an account holds itself.
CREATE TABLE office (
	account TEXT NOT NULL REFERENCES account (id),
	office TEXT NOT NULL,
	since BIGINT NOT NULL,
	PRIMARY KEY (account, office)
);

-- AB roles, the office of from_account is held by to_account too until valid_until.
CREATE TABLE delegation (
	id TEXT PRIMARY KEY,
	from_account TEXT NOT NULL REFERENCES account (id),
	to_account TEXT NOT NULL REFERENCES account (id),
	office TEXT NOT NULL,
	valid_from BIGINT NOT NULL,
	valid_until BIGINT NOT NULL,
	ended_at BIGINT
);
CREATE INDEX delegation_by_to ON delegation (to_account, valid_until);
CREATE INDEX delegation_by_from ON delegation (from_account);

-- Growing delay after failed logins per login name, per address and per pair of both. Subjects are SHA-256, since people type passwords
-- into the wrong box. 'known' is a pair that once succeeded, which a stranger's failures on the same login do not slow.
CREATE TABLE login_delay (
	kind TEXT NOT NULL CHECK (kind IN ('login', 'address', 'pair', 'known')),
	subject TEXT NOT NULL,
	failures BIGINT NOT NULL,
	last_at BIGINT NOT NULL,
	PRIMARY KEY (kind, subject)
);
CREATE INDEX login_delay_by_age ON login_delay (last_at);

-- The token itself is never stored, only its SHA-256; the terminal text only as SHA-256.
CREATE TABLE session (
	id TEXT PRIMARY KEY,
	account TEXT NOT NULL REFERENCES account (id),
	token_digest TEXT NOT NULL UNIQUE,
	terminal_digest TEXT NOT NULL,
	offices TEXT NOT NULL, -- those held when the token was made, separated by blanks; a rise of right needs a new token
	created_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	ended_at BIGINT,
	end_reason TEXT -- logout, replaced, idle, terminal, closed, password, office, term
);
CREATE INDEX session_by_account ON session (account, ended_at);

-- A calling program of an organization.
CREATE TABLE system (
	id TEXT PRIMARY KEY,
	organization TEXT NOT NULL REFERENCES organization (id),
	name TEXT NOT NULL,
	mlps_level BIGINT NOT NULL CHECK (mlps_level BETWEEN 1 AND 5), -- GB/T 22240
	state TEXT NOT NULL CHECK (state IN ('active', 'closed')),
	created_at BIGINT NOT NULL,
	UNIQUE (organization, name)
);

-- Pinned client certificates.
CREATE TABLE certificate (
	fingerprint TEXT PRIMARY KEY, -- SHA-256 of the DER, 64 hexadecimal digits
	system TEXT NOT NULL REFERENCES system (id),
	pem TEXT NOT NULL,
	not_before BIGINT NOT NULL,
	not_after BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	revoked_at BIGINT, -- NULL while good
	reason TEXT
);
CREATE INDEX certificate_by_system ON certificate (system);

-- Accounts that a system may name as the operator behind a call.
CREATE TABLE system_operator (
	system TEXT NOT NULL REFERENCES system (id),
	account TEXT NOT NULL REFERENCES account (id),
	PRIMARY KEY (system, account)
);

-- migration: 2 authority
-- What a regulator supervises, so that a procedure means the police without naming which organization that is here.
ALTER TABLE organization ADD COLUMN authority TEXT CHECK (authority IN ('cac', 'police', 'secrecy', 'crypto', 'org_office'));

-- migration: 3 terms
-- Until when the account may be used, NULL without end; and when the clock found that this was over.
ALTER TABLE account ADD COLUMN valid_until BIGINT;
ALTER TABLE account ADD COLUMN lapsed_at BIGINT;
-- NULL: the password is the person's own. Else it was given by somebody else and opens the account until then, 0: none was given yet.
ALTER TABLE account ADD COLUMN first_until BIGINT;

-- name: set_authority
UPDATE organization SET authority = :authority WHERE id = :id AND kind = 'regulator';

-- name: add_organization
INSERT INTO organization (id, name, kind, region, parent, state, created_at)
VALUES (:id, :name, :kind, :region, :parent, 'active', :now);

-- name: organization
SELECT id, name, kind, region, parent, state FROM organization WHERE id = :id;

-- name: organization_by_name
SELECT id FROM organization WHERE name = :name;

-- name: organizations
SELECT id, name, kind, authority, region, parent, state FROM organization ORDER BY id;

-- name: person_by_name
SELECT id FROM person WHERE organization = :organization AND real_name = :real_name;

-- name: add_person
INSERT INTO person (id, organization, real_name, created_at) VALUES (:id, :organization, :real_name, :now);

-- name: account_of_person
SELECT id FROM account WHERE person = :person AND state = 'active';

-- name: account_by_login
SELECT id, organization, password, totp, totp_step, state, valid_until, lapsed_at, first_until FROM account WHERE login = :login;

-- name: login_of_account
SELECT login FROM account WHERE id = :id AND state = 'active';

-- name: add_account
INSERT INTO account (id, person, organization, login, password, password_at, totp_step, state, created_at)
VALUES (:id, :person, :organization, :login, :password, :now, 0, 'active', :now);

-- name: open_account
INSERT INTO account (id, person, organization, login, password, password_at, totp_step, state, created_at, valid_until, first_until)
VALUES (:id, :person, :organization, :login, '', :now, 0, 'active', :now, :valid_until, 0);

-- name: set_first_password
UPDATE account SET password = :password, password_at = :now, first_until = :until
WHERE id = :id AND state = 'active' AND first_until IS NOT NULL;

-- name: set_term
UPDATE account SET valid_until = :until, lapsed_at = NULL WHERE id = :id AND state = 'active';

-- name: lapse_sessions
UPDATE session SET ended_at = :now, end_reason = 'term' WHERE ended_at IS NULL AND account IN (
	SELECT id FROM account WHERE state = 'active' AND lapsed_at IS NULL AND valid_until <= :now);

-- name: lapse_accounts
UPDATE account SET lapsed_at = :now WHERE state = 'active' AND lapsed_at IS NULL AND valid_until <= :now;

-- name: account
SELECT a.id, a.person, a.organization, a.login, a.password, a.totp, a.state, a.valid_until, a.lapsed_at, a.first_until, p.real_name, o.name AS organization_name,
	o.kind AS organization_kind, o.authority, o.state AS organization_state
FROM account a JOIN person p ON p.id = a.person JOIN organization o ON o.id = a.organization
WHERE a.id = :id;

-- name: accounts
SELECT a.id, a.login, a.organization, a.state, a.valid_until, p.real_name
FROM account a JOIN person p ON p.id = a.person
WHERE :organization = '' OR a.organization = :organization
ORDER BY a.organization, a.login;

-- name: close_account
UPDATE account SET state = 'closed', closed_at = :now, totp = NULL WHERE id = :id AND state = 'active';

-- name: end_offices
DELETE FROM office WHERE account = :account;

-- name: end_delegations
UPDATE delegation SET ended_at = :now WHERE (from_account = :account OR to_account = :account) AND ended_at IS NULL;

-- name: end_delegations_of_office
UPDATE delegation SET ended_at = :now WHERE from_account = :account AND office = :office AND ended_at IS NULL;

-- name: end_operator
DELETE FROM system_operator WHERE account = :account;

-- name: set_password
UPDATE account SET password = :password, password_at = :now, first_until = NULL WHERE id = :id AND password = :old AND state = 'active';

-- name: add_former_password
INSERT INTO password_history (id, account, password, set_at) VALUES (:id, :account, :password, :now);

-- name: former_passwords
SELECT id, password FROM password_history WHERE account = :account ORDER BY set_at DESC, id DESC LIMIT :most;

-- name: forget_former_passwords
DELETE FROM password_history WHERE account = :account AND id NOT IN (
	SELECT id FROM password_history WHERE account = :account ORDER BY set_at DESC, id DESC LIMIT :most);

-- name: add_office
INSERT INTO office (account, office, since) VALUES (:account, :office, :now) ON CONFLICT (account, office) DO NOTHING;

-- name: own_offices
SELECT office FROM office WHERE account = :account ORDER BY office;

-- name: account_of
SELECT id FROM account WHERE (id = :value OR login = :value) AND state = 'active' AND organization = :organization;

-- name: account_left
SELECT a.login FROM account a JOIN person p ON p.id = a.person
WHERE a.organization = :organization AND a.state = 'active' AND (p.real_name = :name OR a.id = :value OR a.login = :value)
ORDER BY a.login LIMIT 1;

-- name: end_office
DELETE FROM office WHERE account = :account AND office = :office;

-- name: holds_office
SELECT 1 FROM office WHERE account = :account AND office = :office;

-- name: lock_account
UPDATE account SET state = state WHERE id = :id;

-- name: offices_now
SELECT office FROM office WHERE account = :account
UNION
SELECT d.office FROM delegation d
JOIN office o ON o.account = d.from_account AND o.office = d.office
JOIN account a ON a.id = d.from_account AND a.state = 'active' AND a.lapsed_at IS NULL AND (a.valid_until IS NULL OR a.valid_until > :now)
WHERE d.to_account = :account AND d.ended_at IS NULL AND d.valid_from <= :now AND d.valid_until > :now
ORDER BY office;

-- name: delegations_now
SELECT d.office, d.from_account, a.person, p.real_name FROM delegation d
JOIN office o ON o.account = d.from_account AND o.office = d.office
JOIN account a ON a.id = d.from_account AND a.state = 'active' AND a.lapsed_at IS NULL AND (a.valid_until IS NULL OR a.valid_until > :now)
JOIN person p ON p.id = a.person
WHERE d.to_account = :account AND d.ended_at IS NULL AND d.valid_from <= :now AND d.valid_until > :now
	AND NOT EXISTS (SELECT 1 FROM office own WHERE own.account = :account AND own.office = d.office)
ORDER BY d.office, d.id;

-- name: offices_ever
SELECT office FROM office WHERE account = :account
UNION
SELECT office FROM delegation WHERE to_account = :account AND ended_at IS NULL AND valid_until > :now
ORDER BY office;

-- name: add_delegation
INSERT INTO delegation (id, from_account, to_account, office, valid_from, valid_until)
VALUES (:id, :from_account, :to_account, :office, :valid_from, :valid_until);

-- name: set_totp
UPDATE account SET totp = :totp, totp_step = 0 WHERE id = :id AND state = 'active';

-- name: use_totp_step
UPDATE account SET totp_step = :step WHERE id = :id AND totp_step < :step;

-- name: forget_delays
DELETE FROM login_delay WHERE last_at < :before AND kind <> 'known';

-- name: forget_known
DELETE FROM login_delay WHERE last_at < :before AND kind = 'known';

-- name: lock_delay
INSERT INTO login_delay (kind, subject, failures, last_at) VALUES (:kind, :subject, 0, :now)
ON CONFLICT (kind, subject) DO UPDATE SET failures = login_delay.failures;

-- name: delay
SELECT failures, last_at FROM login_delay WHERE kind = :kind AND subject = :subject;

-- name: count_failure
UPDATE login_delay SET failures = failures + 1, last_at = :now WHERE kind = :kind AND subject = :subject;

-- name: uncount_failure
UPDATE login_delay SET failures = failures - 1 WHERE kind = :kind AND subject = :subject AND failures > 0;

-- name: end_delay
DELETE FROM login_delay WHERE kind = :kind AND subject = :subject;

-- name: know_pair
INSERT INTO login_delay (kind, subject, failures, last_at) VALUES ('known', :subject, 0, :now)
ON CONFLICT (kind, subject) DO UPDATE SET last_at = :now;

-- name: end_sessions
UPDATE session SET ended_at = :now, end_reason = :reason WHERE account = :account AND ended_at IS NULL;

-- name: add_session
INSERT INTO session (id, account, token_digest, terminal_digest, offices, created_at, seen_at)
VALUES (:id, :account, :token_digest, :terminal_digest, :offices, :now, :now);

-- name: session
SELECT s.id, s.account, s.terminal_digest, s.offices, s.created_at, s.seen_at, s.ended_at, a.valid_until, a.lapsed_at
FROM session s JOIN account a ON a.id = s.account WHERE s.token_digest = :token_digest;

-- name: see_session
UPDATE session SET seen_at = :now WHERE id = :id;

-- name: end_session
UPDATE session SET ended_at = :now, end_reason = :reason WHERE id = :id AND ended_at IS NULL;

-- name: renew_session
UPDATE session SET token_digest = :token_digest, offices = :offices, seen_at = :now
WHERE id = :id AND token_digest = :old AND ended_at IS NULL;

-- name: add_system
INSERT INTO system (id, organization, name, mlps_level, state, created_at)
VALUES (:id, :organization, :name, :mlps_level, 'active', :now);

-- name: system
SELECT id, organization, name, mlps_level, state FROM system WHERE id = :id;

-- name: system_by_name
SELECT id FROM system WHERE organization = :organization AND name = :name;

-- name: systems
SELECT id, organization, name, mlps_level, state FROM system
WHERE :organization = '' OR organization = :organization
ORDER BY organization, id;

-- name: close_system
UPDATE system SET state = 'closed' WHERE id = :id AND state = 'active';

-- name: revoke_certificates
UPDATE certificate SET revoked_at = :now, reason = :reason WHERE system = :system AND revoked_at IS NULL;

-- name: add_certificate
INSERT INTO certificate (fingerprint, system, pem, not_before, not_after, created_at)
VALUES (:fingerprint, :system, :pem, :not_before, :not_after, :now);

-- name: certificate
SELECT fingerprint, system, not_before, not_after, revoked_at, reason FROM certificate WHERE fingerprint = :fingerprint;

-- name: certificates
SELECT fingerprint, not_before, not_after, revoked_at, reason FROM certificate WHERE system = :system ORDER BY created_at, fingerprint;

-- name: revoke_certificate
UPDATE certificate SET revoked_at = :now, reason = :reason WHERE fingerprint = :fingerprint AND revoked_at IS NULL;

-- name: allow_operator
INSERT INTO system_operator (system, account) VALUES (:system, :account) ON CONFLICT (system, account) DO NOTHING;

-- name: operators
SELECT so.account, a.login FROM system_operator so JOIN account a ON a.id = so.account
WHERE so.system = :system AND a.state = 'active' ORDER BY so.account;
