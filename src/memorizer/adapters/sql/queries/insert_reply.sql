INSERT INTO replies (
  caller, key, fingerprint, memory_id, embedding_status, title_job_id, at, duplicate_of
) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
