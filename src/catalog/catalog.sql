-- Sources, resources with their versions and fields, search terms, grants, and the papers that grants need.
-- Ids are fn_id_new() texts, moments are microseconds since 1970, flags are 0 or 1, JSON is canonical (sorted names, compact).

-- migration: 1 catalog
-- Raised by every change that the share path must see; exactly one row.
CREATE TABLE registry_generation (
	id BIGINT PRIMARY KEY CHECK (id = 1),
	value BIGINT NOT NULL
);
INSERT INTO registry_generation (id, value) VALUES (1, 1);

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
	generalise TEXT NOT NULL DEFAULT '', -- how a quasi-identifier becomes coarser, as in src/disclosure/disclosure.h; empty: by its type
	mask TEXT NOT NULL, -- as in src/mask/mask.h; empty means the default of the level
	element TEXT NOT NULL, -- dictionary element, or empty
	authoritative BIGINT NOT NULL, -- 1 when this field claims to be the one source of the element
	labels TEXT NOT NULL, -- JSON array of personal, sensitive_personal, work_secret, commercial
	column_name TEXT NOT NULL, -- column of the bound table
	is_key BIGINT NOT NULL, -- 1 when a query may name it as key
	offered BIGINT NOT NULL DEFAULT 1, -- 0 when the provider shares the resource without it
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
	released_at BIGINT, -- delivery agreed, so that the keeper may sign; NULL before
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

-- migration: 2 one set of tables
-- What two sets of tables over the same rows tell together is not guarded, so an organization has one at a time.
CREATE UNIQUE INDEX sharing_grant_one_set_of_tables ON sharing_grant (consumer, resource)
	WHERE mode = 'aggregate' AND state NOT IN ('terminated', 'disposal_due', 'disposed');

-- name: raise_generation
UPDATE registry_generation SET value = value + 1 WHERE id = 1;

-- name: generation
SELECT value FROM registry_generation WHERE id = 1;

-- name: raise_counter
INSERT INTO catalog_counter (name, value) VALUES (:name, 1)
ON CONFLICT (name) DO UPDATE SET value = catalog_counter.value + 1;

-- name: counter
SELECT value FROM catalog_counter WHERE name = :name;

-- name: organization
SELECT id, name, kind, region, state FROM organization WHERE id = :id;

-- name: account_organization
SELECT organization FROM account WHERE id = :account;

-- name: add_source
INSERT INTO source (id, organization, name, spec, state, created_by, created_at)
VALUES (:id, :organization, :name, :spec, 'active', :created_by, :now);

-- name: source
SELECT id, organization, name, spec, state FROM source WHERE id = :id;

-- name: source_by_name
SELECT id FROM source WHERE organization = :organization AND name = :name;

-- name: sources
SELECT id, organization, name, state FROM source WHERE :organization = '' OR organization = :organization ORDER BY organization, name;

-- name: add_resource
INSERT INTO resource (code, organization, serial, name, sharing_type, level, state, offered, version, published_version,
	created_by, created_at, changed_at)
VALUES (:code, :organization, :serial, :name, :sharing_type, :level, 'draft', 'no', 1, 0, :account, :now, :now);

-- name: resource
SELECT r.code, r.organization, o.name AS organization_name, r.name, r.sharing_type, r.level, r.state, r.offered, r.version,
	r.published_version, r.changed_at
FROM resource r JOIN organization o ON o.id = r.organization
WHERE r.code = :code;

-- name: lock_resource
UPDATE resource SET changed_at = changed_at WHERE code = :code;

-- name: set_resource_face
UPDATE resource SET name = :name, sharing_type = :sharing_type, level = :level WHERE code = :code;

-- name: set_resource_state
UPDATE resource SET state = :state, offered = :offered, version = :version, published_version = :published_version, changed_at = :now
WHERE code = :code;

-- name: add_version
INSERT INTO resource_version (resource, version, body, sharing_type, level, edited_by, edited_at)
VALUES (:code, :version, :body, :sharing_type, :level, :account, :now);

-- name: set_version
UPDATE resource_version SET body = :body, sharing_type = :sharing_type, level = :level, edited_by = :account, edited_at = :now,
	basis_accepted_by = NULL, basis_accepted_at = NULL
WHERE resource = :code AND version = :version AND published_at IS NULL;

-- name: version
SELECT body, sharing_type, level, edited_by, edited_at, basis_accepted_by, published_at, return_reason
FROM resource_version WHERE resource = :code AND version = :version;

-- name: accept_basis
UPDATE resource_version SET basis_accepted_by = :account, basis_accepted_at = :now
WHERE resource = :code AND version = :version AND published_at IS NULL;

-- name: publish_version
UPDATE resource_version SET published_at = :now, return_reason = NULL WHERE resource = :code AND version = :version;

-- name: return_version
UPDATE resource_version SET return_reason = :reason WHERE resource = :code AND version = :version;

-- name: drop_fields
DELETE FROM field WHERE resource = :code AND version = :version;

-- name: add_field
INSERT INTO field (resource, version, ordinal, name, title, type, length, level, identifier, generalise, mask, element, authoritative,
	labels, column_name, is_key, offered)
VALUES (:code, :version, :ordinal, :name, :title, :type, :length, :level, :identifier, :generalise, :mask, :element, :authoritative,
	:labels, :column_name, :is_key, :offered);

-- name: fields
SELECT name, title, type, length, level, identifier, generalise, mask, element, authoritative, labels, column_name, is_key,
	offered
FROM field WHERE resource = :code AND version = :version ORDER BY ordinal;

-- name: drop_bindings
DELETE FROM binding WHERE resource = :code AND version = :version;

-- name: add_binding
INSERT INTO binding (resource, version, ordinal, source, table_name, cursor_column)
VALUES (:code, :version, :ordinal, :source, :table_name, :cursor_column);

-- name: bindings
SELECT b.source, b.table_name, b.cursor_column, s.organization, s.state
FROM binding b JOIN source s ON s.id = b.source
WHERE b.resource = :code AND b.version = :version ORDER BY b.ordinal;

-- name: authority
SELECT organization, resource FROM element_authority WHERE element = :element;

-- name: claim_element
INSERT INTO element_authority (element, organization, resource, since) VALUES (:element, :organization, :code, :now)
ON CONFLICT (element) DO NOTHING;

-- name: drop_claims
DELETE FROM element_authority WHERE resource = :code;

-- name: drop_assessments
DELETE FROM assessment WHERE resource = :code AND version = :version;

-- name: assess
INSERT INTO assessment (resource, version, kind, passed, answer, answered_by, answered_at)
VALUES (:code, :version, :kind, :passed, :answer, :account, :now)
ON CONFLICT (resource, version, kind) DO UPDATE SET passed = excluded.passed, answer = excluded.answer,
	answered_by = excluded.answered_by, answered_at = excluded.answered_at;

-- name: assessments
SELECT kind, passed, answer, answered_by, answered_at FROM assessment WHERE resource = :code AND version = :version ORDER BY kind;

-- name: document
SELECT document FROM search_document WHERE resource = :code AND face = :face;

-- name: add_document
INSERT INTO search_document (document, resource, face, organization, sharing_type, for_own, for_bureau, for_others, content)
VALUES (:document, :code, :face, :organization, :sharing_type, :for_own, :for_bureau, :for_others, :content);

-- name: set_document
UPDATE search_document SET sharing_type = :sharing_type, for_own = :for_own, for_bureau = :for_bureau, for_others = :for_others,
	content = :content
WHERE document = :document;

-- name: drop_terms
DELETE FROM search_term WHERE document = :document;

-- name: add_terms
INSERT INTO search_term (term, document) VALUES
	(:t0, :document), (:t1, :document), (:t2, :document), (:t3, :document),
	(:t4, :document), (:t5, :document), (:t6, :document), (:t7, :document),
	(:t8, :document), (:t9, :document), (:t10, :document), (:t11, :document),
	(:t12, :document), (:t13, :document), (:t14, :document), (:t15, :document)
ON CONFLICT (term, document) DO NOTHING;

-- name: count_term
SELECT COUNT(*) FROM (SELECT 1 FROM search_term WHERE term = :term LIMIT :most) few;

-- Scalar subqueries, not EXISTS: a planner would make joins of those and sort all that a common term finds, where walking the index
-- from the top and stopping is what is wanted.
-- name: find_by_terms
SELECT d.document, d.resource, d.face, d.content
FROM search_term t JOIN search_document d ON d.document = t.document
WHERE t.term = :term1 AND t.document < :before
	AND 1 = (SELECT 1 FROM search_term x WHERE x.term = :term2 AND x.document = t.document)
	AND 1 = (SELECT 1 FROM search_term x WHERE x.term = :term3 AND x.document = t.document)
	AND 1 = (SELECT 1 FROM search_term x WHERE x.term = :term4 AND x.document = t.document)
	AND ((d.organization = :own AND d.for_own = 1)
		OR (d.organization <> :own AND :bureau = 1 AND d.for_bureau = 1)
		OR (d.organization <> :own AND :bureau = 0 AND d.for_others = 1))
	AND (:organization = '' OR d.organization = :organization)
	AND (:sharing_type = '' OR d.sharing_type = :sharing_type)
ORDER BY t.document DESC LIMIT :most;

-- name: find_all
SELECT d.document, d.resource, d.face, d.content
FROM search_document d
WHERE d.document < :before
	AND ((d.organization = :own AND d.for_own = 1)
		OR (d.organization <> :own AND :bureau = 1 AND d.for_bureau = 1)
		OR (d.organization <> :own AND :bureau = 0 AND d.for_others = 1))
	AND (:sharing_type = '' OR d.sharing_type = :sharing_type)
ORDER BY d.document DESC LIMIT :most;

-- name: count_organization
SELECT COUNT(*) FROM (SELECT 1 FROM search_document WHERE organization = :organization LIMIT :most) few;

-- name: find_in_organization
SELECT d.document, d.resource, d.face, d.content
FROM search_document d
WHERE d.organization = :organization AND d.document < :before
	AND 1 = (SELECT 1 FROM search_term x WHERE x.term = :term1 AND x.document = d.document)
	AND 1 = (SELECT 1 FROM search_term x WHERE x.term = :term2 AND x.document = d.document)
	AND 1 = (SELECT 1 FROM search_term x WHERE x.term = :term3 AND x.document = d.document)
	AND 1 = (SELECT 1 FROM search_term x WHERE x.term = :term4 AND x.document = d.document)
	AND ((d.organization = :own AND d.for_own = 1)
		OR (d.organization <> :own AND :bureau = 1 AND d.for_bureau = 1)
		OR (d.organization <> :own AND :bureau = 0 AND d.for_others = 1))
	AND (:sharing_type = '' OR d.sharing_type = :sharing_type)
ORDER BY d.document DESC LIMIT :most;

-- name: find_all_in_organization
SELECT d.document, d.resource, d.face, d.content
FROM search_document d
WHERE d.organization = :organization AND d.document < :before
	AND ((d.organization = :own AND d.for_own = 1)
		OR (d.organization <> :own AND :bureau = 1 AND d.for_bureau = 1)
		OR (d.organization <> :own AND :bureau = 0 AND d.for_others = 1))
	AND (:sharing_type = '' OR d.sharing_type = :sharing_type)
ORDER BY d.document DESC LIMIT :most;

-- name: system
SELECT organization, state FROM system WHERE id = :id;

-- name: operator_of
SELECT 1 FROM system_operator so JOIN account a ON a.id = so.account
WHERE so.system = :system AND so.account = :account AND a.state = 'active';

-- name: add_grant
INSERT INTO sharing_grant (id, case_id, resource, resource_version, provider, consumer, system, mode, purpose, basis, scenario,
	row_scope, operators, hour_from, hour_until, quota_day, case_required, level, valid_from, valid_until, state, content,
	prepared_at, changed_at)
VALUES (:id, :case_id, :resource, :resource_version, :provider, :consumer, :system, :mode, :purpose, :basis, :scenario,
	:row_scope, :operators, :hour_from, :hour_until, :quota_day, :case_required, :level, :valid_from, :valid_until, 'provisioning',
	:content, :now, :now);

-- name: add_grant_field
INSERT INTO sharing_grant_field (grant_id, ordinal, name, mask) VALUES (:grant_id, :ordinal, :name, :mask);

-- name: grant_of_case
SELECT id FROM sharing_grant WHERE case_id = :case_id;

-- name: live_counts
SELECT id FROM sharing_grant WHERE consumer = :consumer AND resource = :resource AND mode = 'aggregate'
	AND state NOT IN ('terminated', 'disposal_due', 'disposed') LIMIT 1;

-- name: lock_grant
UPDATE sharing_grant SET changed_at = changed_at WHERE id = :id;

-- name: grant
SELECT g.id, g.case_id, g.resource, r.name AS resource_name, g.resource_version, g.provider, g.consumer, g.system, g.mode,
	g.state, g.reason, g.level, g.valid_from, g.valid_until, g.content, g.signature, g.signature_key, g.prepared_at, g.released_at,
	g.activated_at, g.changed_at
FROM sharing_grant g JOIN resource r ON r.code = g.resource
WHERE g.id = :id;

-- name: grants
SELECT g.id, g.case_id, g.resource, r.name AS resource_name, g.provider, g.consumer, g.system, g.mode, g.state, g.reason, g.level,
	g.valid_from, g.valid_until
FROM sharing_grant g JOIN resource r ON r.code = g.resource
WHERE :organization = '' OR g.provider = :organization OR g.consumer = :organization
ORDER BY g.id DESC;

-- name: release_grant
UPDATE sharing_grant SET released_at = :now, changed_at = :now WHERE id = :id AND state = 'provisioning' AND released_at IS NULL;

-- name: grants_to_sign
SELECT id FROM sharing_grant WHERE state = 'provisioning' AND released_at IS NOT NULL ORDER BY id LIMIT 1000;

-- name: activate_grant
UPDATE sharing_grant SET state = 'active', signature = :signature, signature_key = :key, activated_at = :now, changed_at = :now
WHERE id = :id AND state = 'provisioning' AND released_at IS NOT NULL;

-- name: set_grant_state
UPDATE sharing_grant SET state = :state, reason = :reason, changed_at = :now WHERE id = :id;

-- name: grants_run_out
SELECT id FROM sharing_grant WHERE state IN ('active', 'suspended', 'rectifying') AND valid_until <= :now ORDER BY id LIMIT 1000;

-- name: grants_without_agreement
SELECT g.id FROM sharing_grant g
WHERE g.state = 'active' AND g.level >= 3 AND NOT EXISTS (
	SELECT 1 FROM sharing_paper p
	WHERE p.kind = 'nda' AND p.provider = g.provider AND p.consumer = g.consumer AND (p.case_id IS NULL OR p.case_id = g.case_id)
		AND p.provider_signer IS NOT NULL AND p.consumer_signer IS NOT NULL AND p.valid_until > :now)
ORDER BY g.id LIMIT 1000;

-- name: add_paper
INSERT INTO sharing_paper (id, kind, provider, consumer, case_id, digest, note, provider_signer, consumer_signer, created_at, valid_until)
VALUES (:id, :kind, :provider, :consumer, :case_id, :digest, :note, :provider_signer, :consumer_signer, :now, :valid_until);

-- name: paper
SELECT kind, provider, consumer, provider_signer, consumer_signer, valid_until FROM sharing_paper WHERE id = :id;

-- name: sign_paper_provider
UPDATE sharing_paper SET provider_signer = :account WHERE id = :id AND provider_signer IS NULL;

-- name: sign_paper_consumer
UPDATE sharing_paper SET consumer_signer = :account WHERE id = :id AND consumer_signer IS NULL;

-- name: papers
SELECT id, kind, provider, consumer, case_id, digest, note, provider_signer, consumer_signer, created_at, valid_until
FROM sharing_paper
WHERE :organization = '' OR provider = :organization OR consumer = :organization
ORDER BY id DESC;

-- name: has_paper
SELECT COUNT(*) FROM sharing_paper
WHERE kind = :kind AND provider = :provider AND consumer = :consumer AND (case_id = :case_id OR (case_id IS NULL AND :case_bound = 0))
	AND provider_signer IS NOT NULL AND consumer_signer IS NOT NULL AND valid_until > :now;
