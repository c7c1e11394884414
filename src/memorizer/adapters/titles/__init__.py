"""Title writers."""
