"""Rewrites of the bundled model's ONNX graph that change no bit of a vector (ADR 0031)."""
