-- The index in memory knows whose each code is: a search in few memories takes their codes alone.
DROP INDEX embedding_codes;
CREATE INDEX embedding_codes ON embeddings (model_id, kind, id, memory_seq, code);

-- Among its words a memory has one for its workspace (scoped_full_text.py). Those that were in one
-- before are indexed anew by workers; until then a scope is searched without these words.
UPDATE outdated_words SET before_seq = max(before_seq, (
  SELECT coalesce(max(seq), 0) + 1 FROM memories WHERE workspace_seq IS NOT NULL));
INSERT INTO outdated_words SELECT max(seq) + 1 FROM memories
WHERE workspace_seq IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outdated_words)
HAVING count(*) > 0;
