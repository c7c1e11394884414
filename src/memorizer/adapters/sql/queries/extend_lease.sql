UPDATE jobs SET lease_until = ? WHERE {is_held}
