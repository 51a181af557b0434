"""Activations of a network: drawn digits and the formula of a unit."""
