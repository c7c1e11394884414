-- Memories whose words were made by an earlier analysis (domain/text_analysis.py): those below
-- `before_seq`. Workers index them anew, newest first; no row: there are none left.
CREATE TABLE outdated_words (before_seq INTEGER NOT NULL) STRICT;
INSERT INTO outdated_words SELECT max(seq) + 1 FROM memories HAVING count(*) > 0;
