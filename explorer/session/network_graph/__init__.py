"""The graph of a network: what is open, selected and found."""
