"""Frames, requests and replies between window and engine."""
