"""Exercises, and backward passes with one broken rule."""
