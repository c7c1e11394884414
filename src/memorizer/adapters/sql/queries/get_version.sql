SELECT {version_columns} FROM memory_versions v WHERE v.memory_id = ? AND v.version = ?
