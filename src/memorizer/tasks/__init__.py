"""The code behind job names."""
