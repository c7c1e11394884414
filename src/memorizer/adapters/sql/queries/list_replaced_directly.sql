-- Which memories one replaces, in one step.
SELECT r.to_id FROM {visible_relationships}
WHERE lower(r.type) = '{supersedes}' AND r.from_id = ?
