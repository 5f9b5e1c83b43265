-- Sources, resources with their versions and fields, search terms, grants, and the papers that grants need.
-- Ids are fn_id_new() texts, moments are microseconds since 1970, flags are 0 or 1, JSON is canonical (sorted names, compact).

-- migration: 1 catalog
-- Raised by every change that the share path must see; exactly one row.
CREATE TABLE registry_generation (
	only BIGINT PRIMARY KEY CHECK (only = 1),
	value BIGINT NOT NULL
);
INSERT INTO registry_generation (only, value) VALUES (1, 1);

-- Counters that give serial numbers; the row lock of the update makes them safe between writers.
CREATE TABLE catalog_counter (
	name TEXT PRIMARY KEY, -- "document", or "resource/" and the organization
	value BIGINT NOT NULL
);

-- A connection to where data lie, made by system_admin.
CREATE TABLE source (
	id TEXT PRIMARY KEY,
	organization TEXT NOT NULL REFERENCES organization (id),
	name TEXT NOT NULL,
	spec TEXT NOT NULL, -- JSON of src/source/source.h; a password stands in it sealed only ("password_sealed")
	state TEXT NOT NULL CHECK (state IN ('active', 'closed')),
	created_by TEXT NOT NULL REFERENCES account (id),
	created_at BIGINT NOT NULL,
	UNIQUE (organization, name)
);

-- A catalog entry. The columns are those of the version that counts for others, once there is a published one; before, of the draft.
CREATE TABLE resource (
	code TEXT PRIMARY KEY, -- region-organization-serial
	organization TEXT NOT NULL REFERENCES organization (id),
	serial BIGINT NOT NULL,
	name TEXT NOT NULL,
	sharing_type TEXT NOT NULL CHECK (sharing_type IN ('unconditional', 'conditional', 'withheld')),
	level BIGINT NOT NULL CHECK (level BETWEEN 1 AND 6), -- 1 to 4 general, 5 important, 6 core (GB/T 43697)
	-- The life of the newest version.
	state TEXT NOT NULL CHECK (state IN ('draft', 'assessed', 'head_ok', 'submitted', 'returned', 'published', 'revising', 'suspended', 'withdrawn')),
	-- What others get meanwhile (a resource under revision goes on with its published version); only 'published' serves calls.
	offered TEXT NOT NULL CHECK (offered IN ('no', 'published', 'suspended', 'withdrawn')),
	version BIGINT NOT NULL, -- newest
	published_version BIGINT NOT NULL, -- 0 while there is none
	created_by TEXT NOT NULL REFERENCES account (id),
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	UNIQUE (organization, serial)
);
CREATE INDEX resource_by_state ON resource (state, organization);

-- Every version is kept; a published one never changes.
CREATE TABLE resource_version (
	resource TEXT NOT NULL REFERENCES resource (code),
	version BIGINT NOT NULL,
	body TEXT NOT NULL, -- JSON of all items but fields and bindings
	sharing_type TEXT NOT NULL,
	level BIGINT NOT NULL,
	edited_by TEXT NOT NULL REFERENCES account (id), -- last editor, who may not review
	edited_at BIGINT NOT NULL,
	basis_accepted_by TEXT REFERENCES account (id), -- bureau, demanded for conditional and withheld
	basis_accepted_at BIGINT,
	published_at BIGINT,
	return_reason TEXT,
	PRIMARY KEY (resource, version)
);

-- Data items of a version, in order.
CREATE TABLE field (
	resource TEXT NOT NULL,
	version BIGINT NOT NULL,
	ordinal BIGINT NOT NULL,
	name TEXT NOT NULL, -- name in the API, [a-z][a-z0-9_]*
	title TEXT NOT NULL,
	type TEXT NOT NULL, -- letter of the 2017 guide, C N Y D T L M G B I F
	length BIGINT NOT NULL, -- 0 where the type has none
	level BIGINT NOT NULL CHECK (level BETWEEN 1 AND 6),
	identifier TEXT NOT NULL CHECK (identifier IN ('direct', 'quasi', 'none')),
	mask TEXT NOT NULL, -- as in src/mask/mask.h; empty means the default of the level
	element TEXT NOT NULL, -- dictionary element, or empty
	authoritative BIGINT NOT NULL, -- 1 when this field claims to be the one source of the element
	labels TEXT NOT NULL, -- JSON array of personal, sensitive_personal, work_secret, commercial
	column_name TEXT NOT NULL, -- column of the bound table
	is_key BIGINT NOT NULL, -- 1 when a query may name it as key
	PRIMARY KEY (resource, version, ordinal),
	UNIQUE (resource, version, name),
	FOREIGN KEY (resource, version) REFERENCES resource_version (resource, version)
);

-- Where the rows of a version come from. Ordinal 0 serves; more are other physical systems behind the same resource.
CREATE TABLE binding (
	resource TEXT NOT NULL,
	version BIGINT NOT NULL,
	ordinal BIGINT NOT NULL,
	source TEXT NOT NULL REFERENCES source (id),
	table_name TEXT NOT NULL,
	cursor_column TEXT NOT NULL, -- unique column by which a batch is ordered and resumed; empty when none
	PRIMARY KEY (resource, version, ordinal),
	FOREIGN KEY (resource, version) REFERENCES resource_version (resource, version)
);

-- One authoritative source per dictionary element, claimed at publication.
CREATE TABLE element_authority (
	element TEXT PRIMARY KEY,
	organization TEXT NOT NULL REFERENCES organization (id),
	resource TEXT NOT NULL REFERENCES resource (code),
	since BIGINT NOT NULL
);

-- Answers that must stand before the head may agree: secrecy_review, personal_information, encryption, masking, backup, audit.
-- They belong to one version and are removed when its content changes.
CREATE TABLE assessment (
	resource TEXT NOT NULL,
	version BIGINT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('secrecy_review', 'personal_information', 'encryption', 'masking', 'backup', 'audit')),
	passed BIGINT NOT NULL,
	answer TEXT NOT NULL,
	answered_by TEXT NOT NULL REFERENCES account (id),
	answered_at BIGINT NOT NULL,
	PRIMARY KEY (resource, version, kind),
	FOREIGN KEY (resource, version) REFERENCES resource_version (resource, version)
);

-- The face of a resource that somebody may find: 'w' the newest version, 'p' the published one. Who finds it stands in the flags,
-- so that each actor meets one face of a resource only. Numbers rise with birth; lists go from the highest down.
CREATE TABLE search_document (
	document BIGINT PRIMARY KEY,
	resource TEXT NOT NULL REFERENCES resource (code),
	face TEXT NOT NULL CHECK (face IN ('w', 'p')),
	organization TEXT NOT NULL,
	sharing_type TEXT NOT NULL,
	for_own BIGINT NOT NULL,
	for_bureau BIGINT NOT NULL,
	for_others BIGINT NOT NULL,
	content TEXT NOT NULL, -- folded text, searched for phrases
	UNIQUE (resource, face)
);
CREATE INDEX search_document_by_organization ON search_document (organization, document);

-- Inverted index: pairs of characters, single characters, ASCII words.
CREATE TABLE search_term (
	term TEXT NOT NULL,
	document BIGINT NOT NULL REFERENCES search_document (document),
	PRIMARY KEY (term, document)
);
CREATE INDEX search_term_by_document ON search_term (document);

-- A right to use. What counts is content, over which the keeper signed; the columns repeat it for lists and joins, and state can only
-- narrow it. Serving a grant means verifying the signature, reading content, and state = 'active'.
CREATE TABLE sharing_grant (
	id TEXT PRIMARY KEY,
	case_id TEXT NOT NULL UNIQUE, -- the application
	resource TEXT NOT NULL REFERENCES resource (code),
	resource_version BIGINT NOT NULL,
	provider TEXT NOT NULL REFERENCES organization (id),
	consumer TEXT NOT NULL REFERENCES organization (id),
	system TEXT NOT NULL REFERENCES system (id),
	mode TEXT NOT NULL CHECK (mode IN ('verify', 'aggregate', 'query', 'batch', 'push', 'file')),
	purpose TEXT NOT NULL,
	basis TEXT NOT NULL,
	scenario TEXT NOT NULL,
	row_scope TEXT NOT NULL, -- JSON array of {column, field, op, value}, all of which must hold
	operators TEXT NOT NULL, -- JSON array of account ids; empty means all operators of the system
	hour_from BIGINT NOT NULL, -- minutes of the day in China, 0 and 1440 mean always
	hour_until BIGINT NOT NULL,
	quota_day BIGINT NOT NULL, -- queries a day (rows for batch), 0 means none set
	case_required BIGINT NOT NULL,
	level BIGINT NOT NULL, -- highest of the granted fields
	valid_from BIGINT NOT NULL,
	valid_until BIGINT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('provisioning', 'active', 'suspended', 'rectifying', 'terminated', 'disposal_due', 'disposed')),
	reason TEXT, -- why it was suspended or ended
	content TEXT NOT NULL, -- canonical JSON that is signed
	signature TEXT, -- base64, NULL until activated
	signature_key TEXT, -- the public key text of src/crypto/crypto.h
	prepared_at BIGINT NOT NULL,
	activated_at BIGINT,
	changed_at BIGINT NOT NULL
);
CREATE INDEX sharing_grant_by_resource ON sharing_grant (resource, state);
CREATE INDEX sharing_grant_by_system ON sharing_grant (system, state);
CREATE INDEX sharing_grant_by_consumer ON sharing_grant (consumer, state);

-- Granted fields in order, each with the mask that it leaves through.
CREATE TABLE sharing_grant_field (
	grant_id TEXT NOT NULL REFERENCES sharing_grant (id),
	ordinal BIGINT NOT NULL,
	name TEXT NOT NULL,
	mask TEXT NOT NULL,
	PRIMARY KEY (grant_id, ordinal)
);

-- Papers that grants of level 3 and above need: confidentiality agreement (nda), notice and handover, sharing risk assessment.
CREATE TABLE sharing_paper (
	id TEXT PRIMARY KEY,
	kind TEXT NOT NULL CHECK (kind IN ('nda', 'handover', 'risk_assessment')),
	provider TEXT NOT NULL REFERENCES organization (id),
	consumer TEXT NOT NULL REFERENCES organization (id),
	case_id TEXT, -- the application; NULL for an agreement that covers all sharing between the two
	digest TEXT NOT NULL, -- of the signed paper, 64 hexadecimal digits
	note TEXT NOT NULL,
	provider_signer TEXT REFERENCES account (id), -- both signers must stand for it to count
	consumer_signer TEXT REFERENCES account (id),
	created_at BIGINT NOT NULL,
	valid_until BIGINT NOT NULL
);
CREATE INDEX sharing_paper_by_parties ON sharing_paper (kind, provider, consumer);
CREATE INDEX sharing_paper_by_case ON sharing_paper (case_id);
