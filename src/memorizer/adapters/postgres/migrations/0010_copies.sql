-- Hundreds of equal vectors in an HNSW index link only to each other, and a search that meets them
-- finds nothing else. So of equal vectors one is in the index and leads to its copies (nearest.py).
-- The digest is written when a vector gets its place (fresh_vectors.py).
ALTER TABLE embeddings
  ADD COLUMN digest BYTEA,
  ADD COLUMN is_copy BOOLEAN NOT NULL DEFAULT false;

-- Groups that are too large for an index: all but one of each leave it. Smaller ones may stay: the
-- trouble begins at 640. The table is written anew, because an index that is built in the
-- transaction of an UPDATE, or soon after it, holds the rows of before too.
CREATE TEMPORARY TABLE copied ON COMMIT DROP AS
  SELECT model_id, kind, memory_seq, chunk_no, digest, number > 1 AS is_copy
  FROM (
    SELECT *, count(*) OVER same AS size, row_number() OVER (same ORDER BY memory_seq) AS number
    FROM (
      SELECT e.model_id, e.kind, e.memory_seq, e.chunk_no,
        substring(sha256(halfvec_send(e.vector::halfvec)) FOR 16) AS digest
      FROM embeddings e JOIN embedding_models r ON r.id = e.model_id
      WHERE e.is_indexed AND r.dimensions <= 4000
    ) digested
    WINDOW same AS (PARTITION BY model_id, kind, digest)
  ) counted
  WHERE size > 50;

DO $$
DECLARE
  model RECORD;
  kind TEXT;
BEGIN
  FOR model IN
    SELECT id, dimensions, id IN (SELECT model_id FROM copied) AS has_copies FROM embedding_models
  LOOP
    IF model.has_copies THEN
      EXECUTE format(
        'CREATE TABLE rewritten (LIKE embeddings_%s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
        model.id);
      EXECUTE format(
        'INSERT INTO rewritten (memory_seq, model_id, kind, chunk_no, version, vector, digest,'
        ' is_copy, is_indexed) SELECT e.memory_seq, e.model_id, e.kind, e.chunk_no, e.version,'
        ' e.vector, c.digest, coalesce(c.is_copy, false),'
        ' e.is_indexed AND NOT coalesce(c.is_copy, false)'
        ' FROM embeddings_%s e LEFT JOIN copied c'
        ' USING (model_id, kind, memory_seq, chunk_no)', model.id);
      EXECUTE format('DROP TABLE embeddings_%s', model.id);
      EXECUTE format('ALTER TABLE rewritten RENAME TO embeddings_%s', model.id);
      EXECUTE format(
        'ALTER TABLE embeddings ATTACH PARTITION embeddings_%1$s FOR VALUES IN (%1$s)', model.id);
      FOREACH kind IN ARRAY ARRAY['content', 'metadata'] LOOP
        EXECUTE format(
          'CREATE INDEX embeddings_%1$s_%2$s ON embeddings_%1$s USING hnsw'
          ' ((vector::halfvec(%3$s)) halfvec_cosine_ops) WITH (m = 32, ef_construction = 128)'
          ' WHERE kind = %2$L AND is_indexed', model.id, kind, model.dimensions);
      END LOOP;
    END IF;
    EXECUTE format('DROP INDEX IF EXISTS embeddings_%s_fresh', model.id);
    EXECUTE format(
      'CREATE INDEX embeddings_%1$s_fresh ON embeddings_%1$s (kind, memory_seq)'
      ' WHERE NOT is_indexed AND NOT is_copy', model.id);
  END LOOP;
END $$;

CREATE INDEX embeddings_indexed_by_digest ON embeddings (digest) WHERE is_indexed;
CREATE INDEX embeddings_copies ON embeddings (digest, memory_seq) WHERE is_copy;

-- When the one that leads to copies goes, one of these takes its place; fresh at first.
CREATE FUNCTION promote_copy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE embeddings SET is_copy = false
  WHERE (model_id, kind, memory_seq, chunk_no) = (
    SELECT model_id, kind, memory_seq, chunk_no FROM embeddings
    WHERE model_id = OLD.model_id AND kind = OLD.kind AND digest = OLD.digest AND is_copy
    ORDER BY memory_seq DESC LIMIT 1 FOR UPDATE);
  RETURN NULL;
END $$;
CREATE TRIGGER embeddings_promote_copy AFTER DELETE ON embeddings
  FOR EACH ROW WHEN (NOT OLD.is_copy AND OLD.digest IS NOT NULL) EXECUTE FUNCTION promote_copy();

-- Each join is one look-up, whatever the planner believes of copies. It is called for few of the
-- vectors that a search meets; with its true cost the planner would compare all of them instead.
CREATE FUNCTION has_visible_copies(model INTEGER, of_kind TEXT, of_digest BYTEA) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT COST 1 AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM (
      SELECT memory_seq FROM embeddings
      WHERE model_id = model AND kind = of_kind AND digest = of_digest AND is_copy OFFSET 0
    ) copy
    WHERE (SELECT deleted_at IS NULL FROM memories WHERE seq = copy.memory_seq));
END $$;
