-- Start the failed jobs between two sequence numbers from the beginning. Of those with one unique
-- key the oldest is taken, and none while an unfinished job has that key.
UPDATE jobs SET {start_again}, revision = revision + 1
WHERE seq IN (
  SELECT min(seq) FROM jobs AS failed
  WHERE queue = ? AND state = 'failed' AND seq > ? AND seq <= ?
    AND NOT EXISTS (
      SELECT 1 FROM jobs AS other
      WHERE other.unique_key = failed.unique_key
        AND other.state IN ('waiting', 'delayed', 'active')
    )
  GROUP BY unique_key, CASE WHEN unique_key IS NULL THEN seq END
)
RETURNING seq, id
