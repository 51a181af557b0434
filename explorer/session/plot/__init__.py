"""Curves and surfaces of the expression."""
