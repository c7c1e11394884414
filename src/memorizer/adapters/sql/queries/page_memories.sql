-- The memories that meet a Filter, the newest first.
SELECT {memory_columns} FROM visible_memories m WHERE {filter} ORDER BY m.id DESC LIMIT ?
