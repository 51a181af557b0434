"""Autodiff Explorer: watch TensorFlow differentiate, on TensorFlow's own graph."""
