"""The colours of a network's graph, and what they stand for."""
