"""Tracing a network's training step, and the values in its graph."""
