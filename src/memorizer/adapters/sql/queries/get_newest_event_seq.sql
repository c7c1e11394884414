SELECT coalesce(max(e.seq), 0) FROM memory_events e
