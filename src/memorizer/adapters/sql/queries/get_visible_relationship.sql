SELECT {relationship_columns} FROM {visible_relationships} WHERE r.id = ?
