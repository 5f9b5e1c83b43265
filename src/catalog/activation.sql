-- What the clock has to know to get a grant signed.

-- name: grant_case
SELECT case_id FROM sharing_grant WHERE id = :id;
