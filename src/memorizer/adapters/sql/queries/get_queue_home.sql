SELECT elsewhere FROM queue_home
