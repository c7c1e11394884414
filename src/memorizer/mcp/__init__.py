"""The door agents use: the Model Context Protocol over HTTP and over standard input and output."""
