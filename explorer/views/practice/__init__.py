"""Exercises beside the graph."""
