-- When memories hold and what replaces them (domain/validity.py). Few have a row; whether a
-- memory holds is asked for each result of a search, and must not read past its text.
CREATE TABLE memory_validity (
  memory_id     TEXT PRIMARY KEY REFERENCES memories (id) ON DELETE CASCADE,
  valid_from    INTEGER,
  valid_until   INTEGER,
  review_at     INTEGER,
  happened_at   INTEGER,
  superseded_by TEXT,
  superseded_at INTEGER
) STRICT, WITHOUT ROWID;
ALTER TABLE memory_versions ADD COLUMN times TEXT;  -- a JSON object; NULL: an empty one

-- Of memories that replace each other in a circle the newest stay current.
INSERT INTO memory_validity (memory_id, superseded_by, superseded_at)
WITH RECURSIVE links AS (
  SELECT r.from_id, r.to_id, r.at FROM relationships r
  JOIN memories f ON f.id = r.from_id JOIN memories t ON t.id = r.to_id
  WHERE lower(r.type) = 'supersedes' AND f.deleted_at IS NULL AND t.deleted_at IS NULL
), below AS (
  SELECT to_id AS start, to_id AS id FROM links WHERE from_id < to_id
  UNION SELECT b.start, l.to_id FROM below b JOIN links l ON l.from_id = b.id
), counted AS (
  SELECT * FROM links l WHERE from_id > to_id
  OR NOT EXISTS (SELECT 1 FROM below b WHERE b.start = l.to_id AND b.id = l.from_id)
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY to_id ORDER BY at, from_id) AS number FROM counted
)
SELECT to_id, from_id, at FROM ranked WHERE number = 1;
