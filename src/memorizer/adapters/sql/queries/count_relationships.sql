SELECT count(*) FROM {visible_relationships}
