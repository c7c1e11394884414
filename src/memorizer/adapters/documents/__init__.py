"""Converters of documents; all but `child_converter` and `robots` run in a process of their own."""
