"""Claiming and running jobs."""
