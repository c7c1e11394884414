-- Nobody else decides it in the meantime.
UPDATE proposals SET state = state WHERE id = ?
