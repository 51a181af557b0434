"""The activations of the current network for one image."""
