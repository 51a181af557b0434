"""Curves and surfaces, computed with TensorFlow."""
