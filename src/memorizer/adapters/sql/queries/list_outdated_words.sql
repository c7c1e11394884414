SELECT m.seq, m.id FROM memories m
WHERE m.deleted_at IS NULL AND m.seq < (SELECT max(before_seq) FROM outdated_words)
ORDER BY m.seq DESC LIMIT ? {row_lock}
