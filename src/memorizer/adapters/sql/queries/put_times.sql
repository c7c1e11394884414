INSERT INTO memory_validity (memory_id, valid_from, valid_until, review_at, happened_at)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (memory_id) DO UPDATE SET
  valid_from = excluded.valid_from, valid_until = excluded.valid_until,
  review_at = excluded.review_at, happened_at = excluded.happened_at
