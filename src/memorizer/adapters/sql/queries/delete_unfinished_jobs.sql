DELETE FROM jobs WHERE state IN ('waiting', 'delayed', 'active')
