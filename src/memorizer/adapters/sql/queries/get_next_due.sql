SELECT min(run_at) FROM jobs WHERE queue = ? AND state = 'delayed'
