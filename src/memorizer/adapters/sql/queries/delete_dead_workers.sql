DELETE FROM workers WHERE heartbeat_at < ? OR heartbeat_at > ? OR id IN ({members})
