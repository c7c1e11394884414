"""File formats of import and export: one module for each, and what they share."""
