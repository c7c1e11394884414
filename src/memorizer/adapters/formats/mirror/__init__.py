"""The mirror: a folder of notes that follows the memories."""
