"""What the HTTP server adds to uvicorn."""
