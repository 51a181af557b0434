"""The graph of a network on the screen."""
