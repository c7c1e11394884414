INSERT INTO queue_home VALUES (?)
