-- A new vector is fresh: searched one by one, until it is put into the index in passing, because
-- an entry in the index takes milliseconds of a processor (fresh_vectors.py).
ALTER TABLE embeddings ADD COLUMN is_indexed BOOLEAN NOT NULL DEFAULT true;

DO $$
DECLARE
  model RECORD;
  kind TEXT;
BEGIN
  FOR model IN SELECT id, dimensions FROM embedding_models LOOP
    EXECUTE format(
      'CREATE INDEX embeddings_%1$s_fresh ON embeddings_%1$s (kind, memory_seq)'
      ' WHERE NOT is_indexed', model.id);
    CONTINUE WHEN model.dimensions > 4000;
    FOREACH kind IN ARRAY ARRAY['content', 'metadata'] LOOP
      EXECUTE format('DROP INDEX IF EXISTS embeddings_%s_%s', model.id, kind);
      EXECUTE format(
        'CREATE INDEX embeddings_%1$s_%2$s ON embeddings_%1$s USING hnsw'
        ' ((vector::halfvec(%3$s)) halfvec_cosine_ops) WITH (m = 32, ef_construction = 128)'
        ' WHERE kind = %2$L AND is_indexed', model.id, kind, model.dimensions);
    END LOOP;
  END LOOP;
END $$;
