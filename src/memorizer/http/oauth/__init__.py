"""OAuth 2.1 for clients of /mcp that find their login by themselves; off without a public URL."""
