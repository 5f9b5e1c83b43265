-- What the clock has to know to get a grant signed.

-- name: grant_case
SELECT case_id FROM sharing_grant WHERE id = :id;

-- name: grant_signed
SELECT COUNT(*) FROM sharing_grant WHERE id = :id AND state = 'active' AND signature IS NOT NULL;
