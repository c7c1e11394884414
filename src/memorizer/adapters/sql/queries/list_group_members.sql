SELECT id, state FROM jobs WHERE id >= ? AND id < ?
