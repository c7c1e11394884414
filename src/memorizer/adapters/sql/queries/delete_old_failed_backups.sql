-- Failed runs, but those among the newest runs.
DELETE FROM backups
WHERE error IS NOT NULL
  AND id NOT IN (SELECT id FROM backups ORDER BY started_at DESC, id DESC LIMIT ?)
