"""File formats of import and export: one module for each, and what they share.

A new import format: write a module with `NAME` and `read(path, now)`, which yields domain.records
Readings, add it to detect.READERS, and recognise it in detect._detect. The command line offers the
names in READERS.

A new export format: write a module with a sink that implements ports.records.Sink, and a function
in bootstrap/file_formats.py that gives it to services.export.Export; the command line's `export`
chooses among these functions.
"""
