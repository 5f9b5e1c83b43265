-- Look-ups of the console's own; what changes anything lives in the rooms below.

-- name: system_organization
SELECT organization FROM system WHERE id = :id AND state = 'active';

-- name: system_name
SELECT name FROM system WHERE id = :id;

-- name: source_organization
SELECT organization FROM source WHERE id = :id;

-- name: resource_organization
SELECT organization FROM resource WHERE code = :code;

-- name: organization_of_kind
SELECT id FROM organization WHERE kind = :kind AND COALESCE(authority, '') = :authority AND state = 'active' ORDER BY created_at, id LIMIT 1;

-- name: organization_state
SELECT state FROM organization WHERE id = :id;

-- name: organization_name
SELECT name FROM organization WHERE id = :id;

-- name: savepoint
SAVEPOINT one;

-- name: savepoint_keep
RELEASE SAVEPOINT one;

-- name: savepoint_undo
ROLLBACK TO SAVEPOINT one;

-- name: organization_of_authority
SELECT id FROM organization WHERE kind = 'regulator' AND authority = :authority AND state = 'active' ORDER BY created_at, id LIMIT 1;
