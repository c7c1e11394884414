INSERT INTO recall_counts (memory_id, number, last_at) VALUES {rows}
ON CONFLICT (memory_id) DO UPDATE SET
  number = recall_counts.number + excluded.number,
  last_at = CASE WHEN excluded.last_at > recall_counts.last_at
    THEN excluded.last_at ELSE recall_counts.last_at END
