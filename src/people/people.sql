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

-- Growing delay after failed logins, per login name and per address (both as SHA-256, so that no typed secret is kept).
CREATE TABLE login_delay (
	kind TEXT NOT NULL CHECK (kind IN ('login', 'address', 'both')),
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
	end_reason TEXT -- logout, replaced, idle, terminal, closed, password
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
