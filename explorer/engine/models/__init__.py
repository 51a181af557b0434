"""Keras models: built from settings, read from files, and inspected."""
