"""The network that is looked into, and the user's own network."""
