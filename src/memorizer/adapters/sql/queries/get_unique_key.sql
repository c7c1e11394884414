SELECT unique_key FROM jobs WHERE id = ?
