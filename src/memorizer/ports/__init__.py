"""Protocols of what services and workers need; adapters implement them."""
