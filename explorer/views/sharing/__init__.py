"""Saving and copying what is on the screen."""
