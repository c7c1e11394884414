"""The files that memories come in and go out as; each module knows one format."""
