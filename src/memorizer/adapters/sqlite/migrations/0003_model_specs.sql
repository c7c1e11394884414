-- How to open the model again that made the vectors, so that search goes on after the setting changed.
ALTER TABLE embedding_models ADD COLUMN spec TEXT;
