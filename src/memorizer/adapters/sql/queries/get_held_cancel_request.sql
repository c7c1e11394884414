-- Whether a leased job is to be cancelled; no row when the lease is lost.
SELECT cancel_requested FROM jobs WHERE {is_held}
