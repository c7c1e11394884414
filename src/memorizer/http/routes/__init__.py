"""One module for each resource, with its routes and JSON schemas.

Where both together exceed 300 lines, `<resource>_schemas.py` holds the schemas.
"""
