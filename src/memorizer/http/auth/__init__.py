"""Who may send a request: authentication, permissions by route, rate limits."""
