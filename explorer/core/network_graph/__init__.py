"""The training graph of a network as a person reads it: ops folded and grouped, what is open, and where it stands."""
