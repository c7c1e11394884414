"""Downloading models and storing their files."""
