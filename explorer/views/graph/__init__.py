"""The graph of an expression, as a graphics view."""
