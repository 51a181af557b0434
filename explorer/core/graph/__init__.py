"""The graph of an expression: layout and geometry."""
