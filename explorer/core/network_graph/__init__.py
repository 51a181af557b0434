"""The training graph of a network: grouping, what is visible of it, its layout, and search."""
