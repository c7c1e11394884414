-- An Idempotency-Key belongs to the caller who sent it: a token's id, or 'local'.
ALTER TABLE replies ADD COLUMN caller TEXT COLLATE "C" NOT NULL DEFAULT 'local';
ALTER TABLE replies DROP CONSTRAINT replies_pkey;
ALTER TABLE replies ALTER COLUMN key TYPE TEXT COLLATE "C";
ALTER TABLE replies ADD PRIMARY KEY (caller, key);

-- Texts that differ in line ends alone are the same (domain/memories.py).
UPDATE memories SET text_digest = left(encode(sha256(convert_to(
  replace(replace(text, E'\r\n', E'\n'), E'\r', E'\n'), 'UTF8')), 'hex'), 32)
WHERE position(E'\r' IN text) > 0;
