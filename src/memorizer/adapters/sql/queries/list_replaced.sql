-- What a memory replaces, over any number of steps.
WITH RECURSIVE below AS (
  SELECT m.id FROM visible_memories m WHERE m.id = ?
  UNION
  SELECT r.to_id FROM {visible_relationships} JOIN below b ON b.id = r.from_id
  WHERE lower(r.type) = '{supersedes}'
)
SELECT {replacement_columns} FROM {visible_relationships} JOIN below b ON b.id = r.from_id
WHERE lower(r.type) = '{supersedes}'
