-- Where the unfinished jobs are: in this file, or in a queue elsewhere. One row, once it is known.
CREATE TABLE queue_home (elsewhere INTEGER NOT NULL) STRICT;
