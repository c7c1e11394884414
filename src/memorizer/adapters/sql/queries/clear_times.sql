UPDATE memory_validity
SET valid_from = NULL, valid_until = NULL, review_at = NULL, happened_at = NULL
WHERE memory_id = ?
