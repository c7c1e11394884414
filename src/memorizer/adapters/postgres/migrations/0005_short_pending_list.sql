-- What was stored lately waits in a list that each search for words reads from end to end, until the
-- list is as long as this many kilobytes; of PostgreSQL's own 4,096 that costs some milliseconds.
ALTER INDEX memory_words_index SET (gin_pending_list_limit = 256);
