SELECT min(began_at) FROM recall_log
