"""Tracing an expression and its gradients with TensorFlow."""
