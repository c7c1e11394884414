INSERT INTO memory_tags (memory_seq, position, tag, folded) {new_tags}
