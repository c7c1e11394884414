"""Importing this makes `sqlite3` one that loads extensions, which many builds of Python cannot.

Without it mcp-memory-service does not start, and basic-memory has no vectors.
"""

import sys

import pysqlite3

sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
