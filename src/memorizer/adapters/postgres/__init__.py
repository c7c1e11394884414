"""The database on PostgreSQL."""
