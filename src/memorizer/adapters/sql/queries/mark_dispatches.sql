-- Set whether these jobs were sent.
UPDATE dispatches SET sent = ? WHERE job_id IN ({members}) AND result IS NULL
