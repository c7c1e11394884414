"""Rewrites of the bundled model's ONNX graph: the same bits (ADR 0031), or integers (ADR 0044)."""
