-- Memories whose current version has vectors of a model are ready.
UPDATE memories SET embedding_status = 'ready'
WHERE embedding_status <> 'ready'
  AND EXISTS (
    SELECT 1 FROM embeddings e
    WHERE e.memory_seq = memories.seq AND e.model_id = ? AND e.version = memories.version
  )
