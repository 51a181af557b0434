"""Exercises, predictions and find-the-mistake."""
