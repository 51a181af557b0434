"""The current network, and the user's own network."""
