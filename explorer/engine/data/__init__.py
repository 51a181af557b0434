"""Downloading data sets and turning them into tensors."""
