"""The REST API, its event streams and the web page."""
