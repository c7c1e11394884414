"""Titles of texts that are not prose; each function returns None for any other text."""
