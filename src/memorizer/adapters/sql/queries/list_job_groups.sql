-- Jobs that were enqueued together (their ids begin alike), counted by state.
SELECT min(id), queue, name, state, count(*), max(finished_at)
FROM jobs
WHERE id >= ? AND id < ?
GROUP BY substr(id, 1, {group_length}), queue, name, state
