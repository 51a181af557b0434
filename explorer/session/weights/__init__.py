"""The weights of the current network, and the explanation of a gradient."""
