"""Traces of an expression, their steps, and the texts that explain them."""
