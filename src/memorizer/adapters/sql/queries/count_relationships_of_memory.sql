SELECT count(*) FROM {visible_relationships} WHERE r.from_id = ? OR r.to_id = ?
