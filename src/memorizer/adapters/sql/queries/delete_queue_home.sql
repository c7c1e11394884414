DELETE FROM queue_home
