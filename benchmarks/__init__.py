"""What we measure, and how; docs/benchmarks.md explains each figure."""
