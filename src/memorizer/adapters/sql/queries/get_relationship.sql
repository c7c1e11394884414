-- A relationship, whether or not its ends are visible.
SELECT {relationship_columns} FROM relationships r WHERE r.id = ?
