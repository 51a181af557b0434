"""Lessons: file format, scenes and writer."""
