"""The Model Context Protocol for agents, over HTTP and over standard input and output."""
