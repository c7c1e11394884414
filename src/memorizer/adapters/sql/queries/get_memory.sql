SELECT {memory_columns} FROM visible_memories m WHERE m.id = ? {row_lock}
