"""Answers to requests, one service for each feature."""
