SELECT count(*) FROM visible_memories m WHERE {filter}
