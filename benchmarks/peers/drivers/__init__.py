"""Programs that run inside the environments of others, so they import nothing of ours."""
